"""Jobs that nobody asks for: they are due again and again.

Any number of schedulers may run. Whoever moves a schedule's moment on first asks for the job, in the same transaction;
the others find it moved. A moment that was missed, because nothing ran or a clock jumped, is made up for once, however
many there were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from pydantic import BaseModel

from .actor import Actor
from .clock import Clock
from .jobs import JobKind, Outbox, new_job
from .unit_of_work import Transactions

log = structlog.get_logger("scheduler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A job that is due again and again.

    Attributes:
        kind: what is to be done. Its name names the schedule, too.
        payload: with what.
        every: how long from one moment to the next.
    """

    kind: JobKind[Any]
    payload: BaseModel
    every: timedelta

    def __post_init__(self) -> None:
        if self.every < timedelta(minutes=1):
            raise ValueError(f"{self.kind.name}: a schedule rests for a minute at least")

    def next_after(self, due_at: datetime, *, now: datetime) -> datetime:
        """The first moment of the schedule that is still to come: those that were missed count as one."""
        missed = max(0, (now - due_at) // self.every)
        return due_at + self.every * (missed + 1)


class ScheduleStore(Protocol):
    """When each schedule is due, in the database."""

    def due_at(self, name: str, *, otherwise: datetime) -> datetime:
        """When it is due; one that nobody has seen before is due at the moment given, and so from now on."""
        ...

    def move(self, name: str, *, due_at: datetime, to: datetime) -> bool:
        """Move it on, if it is still due then; tells whether it was."""
        ...


class SchedulingWork(Protocol):
    """What a unit of work has to offer for it."""

    @property
    def jobs(self) -> Outbox:
        """Where jobs are asked for."""
        ...

    @property
    def schedules(self) -> ScheduleStore:
        """When they are due."""
        ...


class Scheduler:
    """Asks for the jobs that are due.

    Args:
        transactions: opens units of work.
        schedules: what is due when.
        clock: tells the time.

    Raises:
        ValueError: two schedules are of one kind.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[SchedulingWork],
        schedules: Sequence[Schedule],
        clock: Clock,
    ) -> None:
        names = [schedule.kind.name for schedule in schedules]
        if len(set(names)) != len(names):
            raise ValueError("two schedules are of one kind")
        self._transactions = transactions
        self._schedules = schedules
        self._clock = clock

    def tick(self) -> int:
        """Ask for what is due; returns how many jobs that were.

        Raises:
            Unavailable: the database does not answer.
        """
        return sum(self._asked_for(schedule) for schedule in self._schedules)

    def _asked_for(self, schedule: Schedule) -> bool:
        now = self._clock.now()
        name = schedule.kind.name
        with self._transactions.writing() as work:
            due_at = work.schedules.due_at(name, otherwise=now)
            if due_at > now + schedule.every:
                # The clock was ahead when this was written: without this, nothing would happen for as long.
                work.schedules.move(name, due_at=due_at, to=now + schedule.every)
                return False
            if due_at > now:
                return False
            if not work.schedules.move(
                name, due_at=due_at, to=schedule.next_after(due_at, now=now)
            ):
                return False
            work.jobs.add(
                new_job(
                    schedule.kind,
                    schedule.payload,
                    actor=Actor.system(),
                    now=now,
                    key=due_at.isoformat(),
                )
            )
        log.info("job.scheduled", kind=name, due_at=due_at.isoformat())
        return True
