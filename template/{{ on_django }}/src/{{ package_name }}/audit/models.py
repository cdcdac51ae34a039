"""The table of the audit trail."""

from django.db import models

from ..core.dialect import BinaryTextField, UuidField
from ..core.sensitivity import classify
from ..core.tables import Index


class AuditEntryRow(models.Model):
    """Who did what to which object. Triggers keep the rows as they are: see ``core/append_only.py``."""

    # What was personal or secret before and after a change was masked before it came here.
    classes = classify(
        public="id occurred_at actor_id action object_type object_id before after request_id purged_before"
    )

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    occurred_at = models.DateTimeField(db_comment="When it was done")
    actor_id = UuidField(db_comment="Who did it")
    action = BinaryTextField(max_length=100, db_comment="What was done: slice.verb")
    object_type = BinaryTextField(max_length=100, db_comment="To what kind of object")
    object_id = UuidField(null=True, db_comment="To which one; null if to no single object")
    before = models.TextField(db_comment="JSON object of what changed, as it was, masked")
    after = models.TextField(db_comment="JSON object of what changed, as it is since then, masked")
    request_id = BinaryTextField(
        max_length=64, null=True, db_comment="The request that asked for it; null outside of one"
    )
    purged_before = models.DateTimeField(
        null=True, db_comment="Of the entry of a purge: older ones may be removed since then"
    )

    class Meta:
        db_table = "audit_entries"
        db_table_comment = (
            "Sensitive operations; rows are never changed, and removed by a purge only"
        )
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            # So no entry allows its own removal: the last purge can always be seen.
            models.CheckConstraint(
                condition=models.Q(purged_before__lte=models.F("occurred_at")),
                name="ck_audit_entries_purged_before_not_later",
            )
        ]
        indexes = [
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
        ]

    def __str__(self) -> str:
        return f"{self.action} at {self.occurred_at}"
