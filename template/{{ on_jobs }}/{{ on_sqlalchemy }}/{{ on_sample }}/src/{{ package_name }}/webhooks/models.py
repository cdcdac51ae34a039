"""The table of webhook subscriptions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..core.dialect import BinaryText, LongText
from ..core.sensitivity import classify
from ..core.tables import Base, EncryptedText


class SubscriptionRow(Base):
    """Who is told of events, and where."""

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        Index(None, "owner_id", "created_at", "id"),
        {"comment": "Receivers of webhooks"},
    )
    # A URL tells who the receiver is, and often holds what opens it.
    classes = classify(
        public=(
            "id owner_id event_types description old_secret_until disabled_at version created_at updated_at"
        ),
        personal="url",
        encrypted="signing_secret old_signing_secret",
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    owner_id: Mapped[UUID] = mapped_column(comment="Who made it")
    url: Mapped[str] = mapped_column(EncryptedText(), comment="Where webhooks are sent to")
    event_types: Mapped[str] = mapped_column(
        LongText(), comment="JSON array of the types of events it is told of"
    )
    description: Mapped[str] = mapped_column(BinaryText(200), comment="What it is for, for people")
    signing_secret: Mapped[str] = mapped_column(EncryptedText(), comment="Signs what is sent")
    old_signing_secret: Mapped[str | None] = mapped_column(
        EncryptedText(), comment="The secret before; null if there was none"
    )
    old_secret_until: Mapped[datetime | None] = mapped_column(
        comment="How long the secret before signs, too"
    )
    disabled_at: Mapped[datetime | None] = mapped_column(
        comment="Since when nothing is sent; null while webhooks are"
    )
    version: Mapped[int] = mapped_column(comment="Grows by one with every change")
    created_at: Mapped[datetime] = mapped_column(comment="When it was made")
    updated_at: Mapped[datetime] = mapped_column(comment="When it was last changed")
