"""What a job is: a function that runs after the request that asked for it, as often as it takes.

A slice declares its kinds of jobs in its ``jobs.py`` and asks for one inside a unit of work:

    work.jobs.add(new_job(SEND_CONFIRMATION, ConfirmationIn(order_id=order.id), actor=actor, now=now))

The job is a row of the table ``jobs``, stored in the same transaction as the change that asks for it: both are there,
or neither is. Everything else (``core/job_relay.py``, ``core/job_runner.py``) starts from that row. The queue
carries nothing but its id, so what a broker loses, repeats or mixes up changes nothing.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from .actor import Actor
from .context import request_id_var
from .identifiers import new_id

Payload = TypeVar("Payload", bound=BaseModel)

MAX_NAME_LENGTH = 100
MAX_KEY_LENGTH = 255
MAX_ERROR_LENGTH = 500
MAX_TIME_LIMIT = timedelta(hours=1)
"""No kind of job may run longer in one attempt. What takes longer is several jobs."""


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Nobody has tried it yet."""
    RUNNING = "running"
    """A worker is at it, and says so every few seconds."""
    FAILED = "failed"
    """The last attempt failed; another one follows when it is due."""
    SUCCEEDED = "succeeded"
    """Done."""
    DEAD = "dead"
    """Given up: a person has to look at it. See ``docs/runbooks/jobs.md``."""


WAITING = frozenset({JobStatus.QUEUED, JobStatus.FAILED})
"""An attempt may begin."""


class Refused(Exception):
    """The job cannot be done, now or later: raise it where another attempt would fail in the same way.

    The message is kept with the job, so it names nothing that is personal or secret.
    """


class BadPayload(Refused):
    """What a job was given does not fit its kind. The message names fields, and nothing of their values."""


class NewerPayload(Exception):
    """What a job was given has members that its kind does not know yet: they are of a newer release, and named."""


class TryLater(Exception):
    """The attempt failed for a reason outside of this service: raise it where no trace of the stack would help.

    The message is kept with the job, so it names nothing that is personal or secret.

    Args:
        message: what was wrong.
        rest: another attempt is useless before so long; the kind's own rest holds if it is longer.
    """

    def __init__(self, message: str, *, rest: timedelta = timedelta(0)) -> None:
        super().__init__(message)
        self.rest = rest


class TimeLimitExceeded(Exception):
    """The attempt took longer than its kind allows."""


class LostJob(Exception):
    """The job is no longer this worker's: another one has taken it over, or a person has."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a job is tried, and how long it rests in between.

    Attributes:
        attempts: how often at the most.
        first: rest after the first attempt.
        factor: each rest is this many times as long as the one before.
        most: no rest is longer.
        jitter: share of a rest that chance decides, from 0 to 1, so that jobs that failed together do not
            come back together.
    """

    attempts: int = 6
    first: timedelta = timedelta(seconds=5)
    factor: float = 4.0
    most: timedelta = timedelta(minutes=30)
    jitter: float = 0.2

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.factor < 1 or not 0 <= self.jitter <= 1:
            raise ValueError("a job is tried at least once, rests grow, and jitter is from 0 to 1")

    def rest(self, attempt: int, chance: float) -> timedelta:
        """How long to wait after an attempt.

        >>> [RetryPolicy(jitter=0).rest(attempt, 0.5).total_seconds() for attempt in (1, 2, 3, 9)]
        [5.0, 20.0, 80.0, 1800.0]

        Args:
            attempt: its number, from 1.
            chance: from 0 to 1: where in the jitter it falls; in the middle at 0.5.
        """
        seconds = self.first.total_seconds()
        longest = self.most.total_seconds()
        for _ in range(attempt - 1):
            seconds = min(seconds * self.factor, longest)
        seconds = min(seconds, longest) * (1 + self.jitter * (2 * chance - 1))
        return timedelta(seconds=min(seconds, longest))


class JobRun(Protocol):
    """An attempt, as the function of a job sees it."""

    @property
    def job_id(self) -> UUID:
        """The same in every attempt: give it to others as the key by which they know a repetition."""
        ...

    @property
    def attempt(self) -> int:
        """From 1."""
        ...

    @property
    def actor(self) -> Actor:
        """Who asked for the job, with no role but that of having asked."""
        ...

    def progress(self, percent: int) -> None:
        """Tell how far it is, from 0 to 100. Call it between the steps of a long job.

        Raises:
            TimeLimitExceeded: its time is up.
            LostJob: it is no longer this worker's.
        """
        ...

    def finishing(self, result: Mapping[str, Any] | None = None) -> AbstractContextManager[Any]:
        """A unit of work whose effects are committed together with the job's end, or not at all.

        What a job changes in the database belongs in here: then it is changed once, however often the job
        is delivered or tried.

        Args:
            result: of the job, as its owner gets to see it.

        Raises:
            LostJob: it is no longer this worker's. Everything is rolled back.
        """
        ...


Run = Callable[[Payload, JobRun], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind(Generic[Payload]):
    """A kind of job.

    Attributes:
        name: ``slice.verb``. It stands in the table, so a job of an older release finds its function by it.
        payload: what a job of this kind is given; validated when it is asked for, and again before it runs.
        time_limit: how long an attempt may take.
        retry: how often it is tried.
    """

    name: str
    payload: type[Payload]
    time_limit: timedelta = timedelta(minutes=5)
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        if len(self.name) > MAX_NAME_LENGTH:
            raise ValueError(f"{self.name}: a name has at most {MAX_NAME_LENGTH} characters")
        if not timedelta(0) < self.time_limit <= MAX_TIME_LIMIT:
            raise ValueError(f"{self.name}: a time limit is above 0 and at most {MAX_TIME_LIMIT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it is stored.

    Attributes:
        id: identifier.
        kind: name of its :class:`JobKind`.
        payload: JSON text of what it is given.
        key: jobs of a kind with one key are one job; ``None``: no such promise.
        status: where it stands.
        attempts: begun so far. Counted before the work starts, so a job that kills its worker ends, too.
        attempts_before: those among them from before a person had it tried anew.
        progress: percent.
        due_at: when the next attempt may begin, UTC.
        result: JSON text for its owner; ``None`` if there is none yet.
        error: what the last attempt ended with, in one line.
        request_id: of the request that asked for it.
        actor_id: who asked for it.
        created_at: when it was asked for, UTC.
        started_at: when the last attempt began, UTC.
        finished_at: when it succeeded or was given up, UTC.
        duration_ms: how long the last attempt took.
    """

    id: UUID
    kind: str
    payload: str = field(repr=False)
    key: str | None = None
    status: JobStatus = JobStatus.QUEUED
    attempts: int = 0
    attempts_before: int = 0
    progress: int = 0
    due_at: datetime
    result: str | None = None
    error: str | None = None
    request_id: str | None = None
    actor_id: UUID
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_ms: int | None = None


class Outbox(Protocol):
    """Where a service asks for jobs: part of its unit of work."""

    def add(self, job: Job) -> None:
        """Store a job with the change that asks for it. One with the kind and key of another is dropped."""
        ...


def new_job(
    kind: JobKind[Payload],
    payload: Payload,
    *,
    actor: Actor,
    now: datetime,
    key: str | None = None,
    due_at: datetime | None = None,
) -> Job:
    """A job to be stored.

    Args:
        kind: what is to be done.
        payload: with what.
        actor: who asks for it.
        now: the present moment, UTC.
        key: makes it the only job of its kind with this key. Up to 255 characters.
        due_at: when it may begin; at once if it is not given.

    Raises:
        TypeError: the payload is that of another kind.
        ValueError: the key is too long.
    """
    if key is not None and len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"the key of a job has at most {MAX_KEY_LENGTH} characters")
    if type(payload) is not kind.payload:
        raise TypeError(f"{kind.name} takes {kind.payload.__name__}, not {type(payload).__name__}")
    return Job(
        id=new_id(),
        kind=kind.name,
        payload=payload.model_dump_json(),
        key=key,
        due_at=due_at or now,
        request_id=request_id_var.get(),
        actor_id=actor.id,
        created_at=now,
    )


class UnknownKind(LookupError):
    """No function is registered for a kind of job: it belongs to another release."""


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: JobKind[Any]
    run: Run[Any]


class JobRegistry:
    """Every kind of job that this release can do, with its function.

    Args:
        functions: pairs of a kind and its function; ``background.py`` lists them.

    Raises:
        ValueError: two kinds have one name.
    """

    def __init__(self, functions: Iterable[tuple[JobKind[Any], Run[Any]]]) -> None:
        found: dict[str, _Entry] = {}
        for kind, run in functions:
            if kind.name in found:
                raise ValueError(f"two kinds of jobs are called {kind.name}")
            found[kind.name] = _Entry(kind, run)
        self._entries: Mapping[str, _Entry] = MappingProxyType(found)

    @property
    def kinds(self) -> Mapping[str, JobKind[Any]]:
        """By name."""
        return {name: entry.kind for name, entry in self._entries.items()}

    def kind(self, name: str) -> JobKind[Any]:
        """The kind of that name.

        Raises:
            UnknownKind: there is none.
        """
        return self._entry(name).kind

    def run(self, job: Job, attempt: JobRun) -> Mapping[str, Any] | None:
        """Validate the payload and call the function.

        Raises:
            UnknownKind: there is no such kind.
            NewerPayload: the payload has members that the kind does not know yet, and nothing else is wrong with it.
            BadPayload: the payload does not fit. In none of these cases was the function called.
        """
        entry = self._entry(job.kind)
        try:
            payload = entry.kind.payload.model_validate_json(job.payload)
        except ValidationError as error:
            found = {".".join(map(str, one["loc"])) or "payload" for one in error.errors()}
            names = ", ".join(sorted(found))
            # Without their cause: that shows the values.
            if all(one["type"] == "extra_forbidden" for one in error.errors()):
                raise NewerPayload(f"the payload is of a newer release: {names}") from None
            raise BadPayload(f"the payload does not fit: {names}") from None
        return entry.run(payload, attempt)

    def _entry(self, name: str) -> _Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownKind(f"no kind of job is called {name} in this release") from None


def chance() -> float:
    """A random number from 0 to 1. Nothing secret hangs on it."""
    return random.random()  # noqa: S311
