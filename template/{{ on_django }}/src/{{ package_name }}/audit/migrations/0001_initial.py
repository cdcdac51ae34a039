"""Initial schema of the audit trail.

Purpose: the table of sensitive operations, and triggers that keep its rows as they are.
Impact: a new table only.
Locking: none; nothing exists yet.
Rollback: drops the table with all it holds.
"""

from django.db import migrations, models

from ...core.append_only import KEEP_AUDIT_ENTRIES, RELEASE_AUDIT_ENTRIES
from ...core.dialect import BinaryTextField, UuidField, named_primary_key
from ...core.tables import Index


class Migration(migrations.Migration):
    """Create the table and its triggers."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="AuditEntryRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                ("occurred_at", models.DateTimeField(db_comment="When it was done")),
                ("actor_id", UuidField(db_comment="Who did it")),
                (
                    "action",
                    BinaryTextField(max_length=100, db_comment="What was done: slice.verb"),
                ),
                (
                    "object_type",
                    BinaryTextField(max_length=100, db_comment="To what kind of object"),
                ),
                (
                    "object_id",
                    UuidField(null=True, db_comment="To which one; null if to no single object"),
                ),
                (
                    "before",
                    models.TextField(db_comment="JSON object of what changed, as it was, masked"),
                ),
                (
                    "after",
                    models.TextField(
                        db_comment="JSON object of what changed, as it is since then, masked"
                    ),
                ),
                (
                    "request_id",
                    BinaryTextField(
                        max_length=64,
                        null=True,
                        db_comment="The request that asked for it; null outside of one",
                    ),
                ),
                (
                    "purged_before",
                    models.DateTimeField(
                        null=True,
                        db_comment="Of the entry of a purge: older ones may be removed since then",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "db_table": "audit_entries",
                "db_table_comment": (
                    "Sensitive operations; rows are never changed, and removed by a purge only"
                ),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(purged_before__lte=models.F("occurred_at")),
                        name="ck_audit_entries_purged_before_not_later",
                    )
                ],
                "indexes": [
                    Index(fields=["occurred_at", "id"], name="ix_audit_entries_occurred_at_id"),
                    Index(
                        fields=["actor_id", "occurred_at", "id"],
                        name="ix_audit_entries_actor_id_occurred_at_id",
                    ),
                    Index(
                        fields=["action", "occurred_at", "id"],
                        name="ix_audit_entries_action_occurred_at_id",
                    ),
                    Index(
                        fields=["object_id", "occurred_at", "id"],
                        name="ix_audit_entries_object_id_occurred_at_id",
                    ),
                    Index(fields=["purged_before"], name="ix_audit_entries_purged_before"),
                ],
            },
        ),
        *named_primary_key("audit_entries"),
        migrations.RunSQL(list(KEEP_AUDIT_ENTRIES), reverse_sql=list(RELEASE_AUDIT_ENTRIES)),
    ]
