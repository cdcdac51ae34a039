"""The base of every table, and the one naming convention of its constraints.

Migrations address constraints by name, so each must have one, and the same on every engine.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Dialect, Index, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .dialect import BinaryText, LongText, UtcTimestamp, Uuid
from .encryption import only_encrypted
from .sensitivity import Classes, classify

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class EncryptedText(TypeDecorator[str]):
    """Text that a repository has encrypted. It takes nothing else, and gives it back as it is stored.

    In a revision it is the ``LongText`` of ``core/dialect.py``.
    """

    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database; a plain text is an error of ours."""
        return only_encrypted(value)


class Base(DeclarativeBase):
    """Base of the tables. Types of Python annotations map to the engine's native types.

    Attributes:
        classes: how sensitive each column is. Every table says it.
    """

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {UUID: Uuid(), datetime: UtcTimestamp()}
    classes: ClassVar[Classes] = {}


class IdempotencyKeyRow(Base):
    """The first answer to each ``Idempotency-Key``."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index(None, "expires_at"),
        {"comment": "First answers to requests that carry an Idempotency-Key"},
    )
    classes = classify(
        public="caller key status headers expires_at", hashed="fingerprint", encrypted="data"
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
    data: Mapped[str | None] = mapped_column(
        EncryptedText(), comment="JSON text of the answer's data"
    )
    headers: Mapped[str | None] = mapped_column(
        LongText(), comment="JSON object of the answer's headers"
    )
    expires_at: Mapped[datetime] = mapped_column(comment="When the key may be used afresh")
