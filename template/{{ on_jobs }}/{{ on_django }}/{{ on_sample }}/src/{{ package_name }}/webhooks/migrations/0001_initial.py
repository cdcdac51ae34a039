"""Initial schema of webhooks.

Purpose: the table of those who are told of events.
Impact: a new table only.
Locking: none; nothing exists yet.
Rollback: drops the table with all it holds. Whoever subscribed is told of nothing any more.
"""

from django.db import migrations, models

from ...core.dialect import BinaryTextField, UuidField, named_primary_key
from ...core.tables import Index


class Migration(migrations.Migration):
    """Create the table."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="SubscriptionRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                ("owner_id", UuidField(db_comment="Who made it")),
                ("url", models.TextField(db_comment="Where webhooks are sent to")),
                (
                    "event_types",
                    models.TextField(db_comment="JSON array of the types of events it is told of"),
                ),
                (
                    "description",
                    BinaryTextField(max_length=200, db_comment="What it is for, for people"),
                ),
                ("signing_secret", models.TextField(db_comment="Signs what is sent")),
                (
                    "old_signing_secret",
                    models.TextField(
                        null=True, db_comment="The secret before; null if there was none"
                    ),
                ),
                (
                    "old_secret_until",
                    models.DateTimeField(
                        null=True, db_comment="How long the secret before signs, too"
                    ),
                ),
                (
                    "disabled_at",
                    models.DateTimeField(
                        null=True, db_comment="Since when nothing is sent; null while webhooks are"
                    ),
                ),
                ("version", models.IntegerField(db_comment="Grows by one with every change")),
                ("created_at", models.DateTimeField(db_comment="When it was made")),
                ("updated_at", models.DateTimeField(db_comment="When it was last changed")),
            ],
            options={
                "verbose_name": "webhook subscription",
                "db_table": "webhook_subscriptions",
                "db_table_comment": "Receivers of webhooks",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(version__gte=1),
                        name="ck_webhook_subscriptions_version_positive",
                    ),
                ],
                "indexes": [
                    Index(
                        fields=["owner_id", "created_at", "id"],
                        name="ix_webhook_subscriptions_owner_id_created_at_id",
                    ),
                ],
            },
        ),
        *named_primary_key("webhook_subscriptions"),
    ]
