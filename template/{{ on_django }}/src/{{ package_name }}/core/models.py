"""The tables of the core."""

from django.db import models

from .dialect import BinaryTextField
from .sensitivity import classify
from .tables import EncryptedTextField, Index


class IdempotencyKeyRow(models.Model):
    """The first answer to each ``Idempotency-Key``."""

    classes = classify(
        public="caller key status headers expires_at", hashed="fingerprint", encrypted="data"
    )

    pk = models.CompositePrimaryKey("caller", "key")
    caller = BinaryTextField(max_length=64, db_comment="Id of the actor that uses the key")
    key = BinaryTextField(max_length=255, db_comment="The key, as sent")
    fingerprint = BinaryTextField(max_length=64, db_comment="SHA-256 of method, path and body")
    status = models.IntegerField(
        null=True, db_comment="HTTP status of the answer; null while the work runs"
    )
    data = EncryptedTextField(null=True, db_comment="JSON text of the answer's data")
    headers = models.TextField(null=True, db_comment="JSON object of the answer's headers")
    expires_at = models.DateTimeField(db_comment="When the key may be used afresh")

    class Meta:
        db_table = "idempotency_keys"
        db_table_comment = "First answers to requests that carry an Idempotency-Key"
        verbose_name = "idempotency key"
        indexes = [Index(fields=["expires_at"], name="ix_idempotency_keys_expires_at")]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller}"
