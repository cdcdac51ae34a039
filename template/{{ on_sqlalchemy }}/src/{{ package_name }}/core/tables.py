"""The base of every table, and the one naming convention of its constraints.

Migrations address constraints by name, so each must have one, and the same on every engine.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .dialect import BinaryText, LongText, UtcTimestamp, Uuid

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """Base of the tables. Types of Python annotations map to the engine's native types."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {UUID: Uuid(), datetime: UtcTimestamp()}


class IdempotencyKeyRow(Base):
    """The first answer to each ``Idempotency-Key``."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index(None, "expires_at"),
        {"comment": "First answers to requests that carry an Idempotency-Key"},
    )

    caller: Mapped[str] = mapped_column(
        BinaryText(64), primary_key=True, comment="Id of the actor that uses the key"
    )
    key: Mapped[str] = mapped_column(BinaryText(255), primary_key=True, comment="The key, as sent")
    fingerprint: Mapped[str] = mapped_column(
        BinaryText(64), comment="SHA-256 of method, path and body"
    )
    status: Mapped[int | None] = mapped_column(
        comment="HTTP status of the answer; null while the work runs"
    )
    data: Mapped[str | None] = mapped_column(LongText(), comment="JSON text of the answer's data")
    headers: Mapped[str | None] = mapped_column(
        LongText(), comment="JSON object of the answer's headers"
    )
    expires_at: Mapped[datetime] = mapped_column(comment="When the key may be used afresh")
