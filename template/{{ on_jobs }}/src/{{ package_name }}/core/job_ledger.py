"""The table of jobs, as the parts see it that hand jobs over, run them and look after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from .jobs import Job, Outbox


@dataclass(frozen=True, slots=True)
class Handover:
    """A job that the queue has to be told of.

    Attributes:
        job_id: identifier.
        kind: name of its kind.
        handovers: how often the queue was told before.
    """

    job_id: UUID
    kind: str
    handovers: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job. What it writes counts only while it is the present one.

    Attributes:
        job_id: identifier of the job.
        number: from 1.
    """

    job_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Jobs of a kind that wait, or that were given up.

    Attributes:
        kind: name of the kind.
        due: attempts that may begin now and have not begun.
        oldest_due_at: since when the first of them waits, UTC; ``None`` if there is none.
        dead: jobs that were given up.
    """

    kind: str
    due: int
    oldest_due_at: datetime | None
    dead: int


class JobLedger(Outbox, Protocol):
    """The jobs in the database. Moments are given, so that a test can stop the clock."""

    def to_hand_over(self, *, now: datetime, limit: int) -> Sequence[Handover]:
        """Jobs that the queue has to be told of by now, the oldest first. Others pass over them meanwhile."""
        ...

    def handed_over(self, job_ids: Sequence[UUID], *, again_at: datetime) -> None:
        """The queue knows of these. If none of its workers has begun one by then, it is told again."""
        ...

    def begin(self, job_id: UUID, *, now: datetime, lease: timedelta) -> Job | None:
        """Begin an attempt and count it, if one may begin: it waits, and was handed over for this attempt.

        The moment is not asked: the clock of a worker may be behind that of the relay.

        Args:
            job_id: the job.
            now: the present moment.
            lease: how long it counts as running without :meth:`renew`.

        Returns:
            The job as it is now, or ``None``: it is running, has ended, rests, or is not there.
        """
        ...

    def renew(
        self, attempt: Attempt, *, now: datetime, lease: timedelta, percent: int | None = None
    ) -> bool:
        """The attempt is alive, and maybe further; tells whether it is still the present one."""
        ...

    def succeed(
        self, attempt: Attempt, *, now: datetime, result: str | None, duration_ms: int
    ) -> bool:
        """The job is done; tells whether the attempt was still the present one. If not, nothing is changed."""
        ...

    def fail(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        error: str,
        duration_ms: int,
        due_at: datetime | None,
    ) -> bool:
        """The attempt failed; tells whether it was still the present one.

        Args:
            attempt: which one.
            now: the present moment.
            error: what it ended with, in one line.
            duration_ms: how long it took.
            due_at: when the next one may begin; ``None``: the job is given up.
        """
        ...

    def lost(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Running jobs whose lease has ended: their workers are gone. Others pass over them meanwhile."""
        ...

    def backlog(self, *, now: datetime) -> Sequence[Backlog]:
        """What waits and what was given up, by kind. Kinds without either are left out."""
        ...

    def remove_succeeded(self, *, before: datetime, limit: int) -> int:
        """Remove jobs that succeeded before a moment; returns how many."""
        ...


class LedgerWork(Protocol):
    """What a unit of work has to offer for it."""

    @property
    def jobs(self) -> JobLedger:
        """The jobs in the database."""
        ...
