"""The table of the audit trail. Triggers keep its rows as they are: see ``core/append_only.py``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..core.dialect import BinaryText, LongText
from ..core.sensitivity import classify
from ..core.tables import Base


class AuditEntryRow(Base):
    """Who did what to which object."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        # So no entry allows its own removal: the last purge can always be seen.
        CheckConstraint("purged_before <= occurred_at", name="purged_before_not_later"),
        Index(None, "occurred_at", "id"),
        Index(None, "actor_id", "occurred_at", "id"),
        Index(None, "action", "occurred_at", "id"),
        Index(None, "object_id", "occurred_at", "id"),
        Index(None, "purged_before"),
        {"comment": "Sensitive operations; rows are never changed, and removed by a purge only"},
    )
    # What was personal or secret before and after a change was masked before it came here.
    classes = classify(
        public="id occurred_at actor_id action object_type object_id before after request_id purged_before"
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    occurred_at: Mapped[datetime] = mapped_column(comment="When it was done")
    actor_id: Mapped[UUID] = mapped_column(comment="Who did it")
    action: Mapped[str] = mapped_column(BinaryText(100), comment="What was done: slice.verb")
    object_type: Mapped[str] = mapped_column(BinaryText(100), comment="To what kind of object")
    object_id: Mapped[UUID | None] = mapped_column(
        comment="To which one; null if to no single object"
    )
    before: Mapped[str] = mapped_column(
        LongText(), comment="JSON object of what changed, as it was, masked"
    )
    after: Mapped[str] = mapped_column(
        LongText(), comment="JSON object of what changed, as it is since then, masked"
    )
    request_id: Mapped[str | None] = mapped_column(
        BinaryText(64), comment="The request that asked for it; null outside of one"
    )
    purged_before: Mapped[datetime | None] = mapped_column(
        comment="Of the entry of a purge: older ones may be removed since then"
    )
