"""Initial schema of jobs.

Purpose: the table of jobs, and that of the schedules by which some of them are due again and again.
Impact: new tables only.
Locking: none; nothing exists yet.
Rollback: drops the tables with all they hold. Jobs that were not done are never done.
"""

from django.db import migrations, models

from ...core.dialect import BinaryTextField, UuidField, named_primary_key
from ...core.tables import Index


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="JobRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                (
                    "kind",
                    BinaryTextField(max_length=100, db_comment="What is to be done: slice.verb"),
                ),
                (
                    "payload",
                    models.TextField(db_comment="JSON object of what it is given"),
                ),
                (
                    "key",
                    BinaryTextField(
                        max_length=255,
                        null=True,
                        db_comment="Jobs of a kind with one key are one; null: no such promise",
                    ),
                ),
                (
                    "status",
                    BinaryTextField(
                        max_length=20, db_comment="queued, running, failed, succeeded or dead"
                    ),
                ),
                ("attempts", models.IntegerField(db_comment="Begun so far")),
                (
                    "attempts_before",
                    models.IntegerField(
                        db_comment="Those among them from before a person had it tried anew"
                    ),
                ),
                ("progress", models.IntegerField(db_comment="Percent")),
                ("due_at", models.DateTimeField(db_comment="When the next attempt may begin")),
                (
                    "hand_over_at",
                    models.DateTimeField(
                        db_comment="When the queue has to be told of it, unless an attempt has begun"
                    ),
                ),
                (
                    "handovers",
                    models.IntegerField(db_comment="How often the queue was told of this attempt"),
                ),
                (
                    "lease_until",
                    models.DateTimeField(
                        null=True,
                        db_comment=(
                            "Until when its worker is taken to live; null while nobody is at it"
                        ),
                    ),
                ),
                (
                    "result",
                    models.TextField(
                        null=True, db_comment="JSON object for its owner; null if there is none yet"
                    ),
                ),
                (
                    "error",
                    models.TextField(null=True, db_comment="What the last attempt ended with"),
                ),
                (
                    "request_id",
                    BinaryTextField(
                        max_length=64,
                        null=True,
                        db_comment="The request that asked for it; null outside of one",
                    ),
                ),
                ("actor_id", UuidField(db_comment="Who asked for it")),
                ("created_at", models.DateTimeField(db_comment="When it was asked for")),
                (
                    "started_at",
                    models.DateTimeField(null=True, db_comment="When the last attempt began"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(null=True, db_comment="When it succeeded or was given up"),
                ),
                (
                    "duration_ms",
                    models.IntegerField(null=True, db_comment="How long the last attempt took"),
                ),
            ],
            options={
                "verbose_name": "job",
                "db_table": "jobs",
                "db_table_comment": "Jobs: outbox, ledger of attempts and dead letters in one",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(attempts__gte=0), name="ck_jobs_attempts_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(progress__range=(0, 100)),
                        name="ck_jobs_progress_percent",
                    ),
                    models.UniqueConstraint(fields=["kind", "key"], name="uq_jobs_kind"),
                ],
                "indexes": [
                    Index(fields=["status", "hand_over_at"], name="ix_jobs_status_hand_over_at"),
                    Index(fields=["status", "lease_until"], name="ix_jobs_status_lease_until"),
                    Index(
                        fields=["status", "finished_at", "id"],
                        name="ix_jobs_status_finished_at_id",
                    ),
                ],
            },
        ),
        *named_primary_key("jobs"),
        migrations.CreateModel(
            name="JobScheduleRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                ("name", BinaryTextField(max_length=100, db_comment="Name of the kind of job")),
                ("due_at", models.DateTimeField(db_comment="When it is due next")),
            ],
            options={
                "verbose_name": "job schedule",
                "db_table": "job_schedules",
                "db_table_comment": "Jobs that are due again and again",
                "constraints": [
                    models.UniqueConstraint(fields=["name"], name="uq_job_schedules_name")
                ],
            },
        ),
        *named_primary_key("job_schedules"),
    ]
