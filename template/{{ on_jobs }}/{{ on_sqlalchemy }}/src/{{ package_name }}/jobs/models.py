"""The table of jobs, and that of schedules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..core.dialect import BinaryText, LongText
from ..core.sensitivity import classify
from ..core.tables import Base, EncryptedText


class JobRow(Base):
    """What is to be done after the request that asked for it, and what became of it."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_percent"),
        UniqueConstraint("kind", "key"),
        Index(None, "status", "hand_over_at"),
        Index(None, "status", "lease_until"),
        Index(None, "status", "finished_at", "id"),
        {"comment": "Jobs: outbox, ledger of attempts and dead letters in one"},
    )
    # The payload may hold what is personal; what an attempt ended with never does.
    classes = classify(
        public=(
            "id kind key status attempts attempts_before progress due_at hand_over_at handovers lease_until result"
            " error request_id actor_id created_at started_at finished_at duration_ms"
        ),
        encrypted="payload",
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    kind: Mapped[str] = mapped_column(BinaryText(100), comment="What is to be done: slice.verb")
    payload: Mapped[str] = mapped_column(EncryptedText(), comment="JSON object of what it is given")
    key: Mapped[str | None] = mapped_column(
        BinaryText(255), comment="Jobs of a kind with one key are one; null: no such promise"
    )
    status: Mapped[str] = mapped_column(
        BinaryText(20), comment="queued, running, failed, succeeded or dead"
    )
    attempts: Mapped[int] = mapped_column(comment="Begun so far")
    attempts_before: Mapped[int] = mapped_column(
        comment="Those among them from before a person had it tried anew"
    )
    progress: Mapped[int] = mapped_column(comment="Percent")
    due_at: Mapped[datetime] = mapped_column(comment="When the next attempt may begin")
    hand_over_at: Mapped[datetime] = mapped_column(
        comment="When the queue has to be told of it, unless an attempt has begun"
    )
    handovers: Mapped[int] = mapped_column(comment="How often the queue was told of this attempt")
    lease_until: Mapped[datetime | None] = mapped_column(
        comment="Until when its worker is taken to live; null while nobody is at it"
    )
    result: Mapped[str | None] = mapped_column(
        LongText(), comment="JSON object for its owner; null if there is none yet"
    )
    error: Mapped[str | None] = mapped_column(
        LongText(), comment="What the last attempt ended with"
    )
    request_id: Mapped[str | None] = mapped_column(
        BinaryText(64), comment="The request that asked for it; null outside of one"
    )
    actor_id: Mapped[UUID] = mapped_column(comment="Who asked for it")
    created_at: Mapped[datetime] = mapped_column(comment="When it was asked for")
    started_at: Mapped[datetime | None] = mapped_column(comment="When the last attempt began")
    finished_at: Mapped[datetime | None] = mapped_column(
        comment="When it succeeded or was given up"
    )
    duration_ms: Mapped[int | None] = mapped_column(comment="How long the last attempt took")


class JobScheduleRow(Base):
    """When jobs are due that nobody asks for."""

    __tablename__ = "job_schedules"
    __table_args__ = ({"comment": "Jobs that are due again and again"},)
    classes = classify(public="name due_at")

    name: Mapped[str] = mapped_column(
        BinaryText(100), primary_key=True, comment="Name of the kind of job"
    )
    due_at: Mapped[datetime] = mapped_column(comment="When it is due next")
