"""Initial schema of the core.

Purpose: the table of answers to requests that carry an Idempotency-Key.
Impact: a new table only.
Locking: none; nothing exists yet.
Rollback: drops the table with all it holds.
"""

from django.db import migrations, models

from ..dialect import BinaryTextField, named_primary_key
from ..tables import Index


class Migration(migrations.Migration):
    """Create the table."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="IdempotencyKeyRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "caller",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "caller",
                    BinaryTextField(max_length=64, db_comment="Id of the actor that uses the key"),
                ),
                ("key", BinaryTextField(max_length=255, db_comment="The key, as sent")),
                (
                    "fingerprint",
                    BinaryTextField(max_length=64, db_comment="SHA-256 of method, path and body"),
                ),
                (
                    "status",
                    models.IntegerField(
                        null=True, db_comment="HTTP status of the answer; null while the work runs"
                    ),
                ),
                (
                    "data",
                    models.TextField(null=True, db_comment="JSON text of the answer's data"),
                ),
                (
                    "headers",
                    models.TextField(null=True, db_comment="JSON object of the answer's headers"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(db_comment="When the key may be used afresh"),
                ),
            ],
            options={
                "verbose_name": "idempotency key",
                "db_table": "idempotency_keys",
                "db_table_comment": "First answers to requests that carry an Idempotency-Key",
                "indexes": [Index(fields=["expires_at"], name="ix_idempotency_keys_expires_at")],
            },
        ),
        *named_primary_key("idempotency_keys"),
    ]
