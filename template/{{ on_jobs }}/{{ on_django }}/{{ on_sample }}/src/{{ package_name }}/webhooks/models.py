"""The table of webhook subscriptions."""

from django.db import models

from ..core.dialect import BinaryTextField, UuidField
from ..core.sensitivity import classify
from ..core.tables import EncryptedTextField, Index


class SubscriptionRow(models.Model):
    """Who is told of events, and where."""

    # A URL tells who the receiver is, and often holds what opens it.
    classes = classify(
        public=(
            "id owner_id event_types description old_secret_until disabled_at version created_at updated_at"
        ),
        personal="url",
        encrypted="signing_secret old_signing_secret",
    )

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    owner_id = UuidField(db_comment="Who made it")
    url = EncryptedTextField(db_comment="Where webhooks are sent to")
    event_types = models.TextField(db_comment="JSON array of the types of events it is told of")
    description = BinaryTextField(max_length=200, db_comment="What it is for, for people")
    signing_secret = EncryptedTextField(db_comment="Signs what is sent")
    old_signing_secret = EncryptedTextField(
        null=True, db_comment="The secret before; null if there was none"
    )
    old_secret_until = models.DateTimeField(
        null=True, db_comment="How long the secret before signs, too"
    )
    disabled_at = models.DateTimeField(
        null=True, db_comment="Since when nothing is sent; null while webhooks are"
    )
    version = models.IntegerField(db_comment="Grows by one with every change")
    created_at = models.DateTimeField(db_comment="When it was made")
    updated_at = models.DateTimeField(db_comment="When it was last changed")

    class Meta:
        db_table = "webhook_subscriptions"
        db_table_comment = "Receivers of webhooks"
        verbose_name = "webhook subscription"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(version__gte=1),
                name="ck_webhook_subscriptions_version_positive",
            ),
        ]
        indexes = [
            Index(
                fields=["owner_id", "created_at", "id"],
                name="ix_webhook_subscriptions_owner_id_created_at_id",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
