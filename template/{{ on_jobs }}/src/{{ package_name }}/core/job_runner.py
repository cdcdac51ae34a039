"""Runs a job: one attempt, whatever queue it came from.

The attempt is counted before the work starts, so a job that kills its worker is given up after as many attempts
as any other. While it runs, its lease is renewed; a worker that dies stops renewing, and the relay finds the job when
the lease has ended. An attempt that was taken over can change nothing any more: each of its writes asks whether it is
the present one.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog

from .actor import Actor
from .clock import Clock
from .context import request_id_var, user_id_var
from .errors import AppError, Unavailable
from .job_ledger import Attempt, LedgerWork
from .job_metrics import JOB_DURATION, JOB_RETRIES, JOBS_BURIED
from .jobs import (
    MAX_ERROR_LENGTH,
    BadPayload,
    Job,
    JobRegistry,
    LostJob,
    NewerPayload,
    Refused,
    RetryPolicy,
    TimeLimitExceeded,
    TryLater,
    UnknownKind,
    chance,
)
from .unit_of_work import Transactions

log = structlog.get_logger("job")

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its job is taken for lost."""
GRACE_SECONDS = 10.0
"""How long a job may go on beyond its time limit before its process is ended."""
RETRY_SECONDS = 1.0
"""Rest before a lease that could not be renewed is tried again: who is late is taken for lost."""
_RENEWALS_PER_LEASE = 3
_EXPECTED = (
    AppError,
    LostJob,
    NewerPayload,
    Refused,
    TimeLimitExceeded,
    TryLater,
    UnknownKind,
)
"""Errors whose line says it all: no traceback is logged."""


class Outcome(StrEnum):
    """What became of a delivery."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"
    """The attempt was taken over, or its end could not be stored: the lease decides."""
    PASSED_OVER = "passed_over"
    """Nothing was to be done: delivered twice, too early, or after its end."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a runner is.

    Attributes:
        lease: how long a worker may be silent before its job is taken for lost.
        grace_seconds: how long a job may go on beyond its time limit before :attr:`JobRunner` abandons it.
    """

    lease: timedelta = LEASE
    grace_seconds: float = GRACE_SECONDS


class JobRunner:
    """Runs attempts.

    Args:
        transactions: opens units of work.
        registry: the kinds of jobs and their functions.
        clock: tells the time.
        abandon: ends this process because of a job that does not end by itself. ``None``: it cannot be
            ended, since it does other work, too; the job then goes on without an effect.
        timing: how patient it is.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[LedgerWork],
        registry: JobRegistry,
        clock: Clock,
        abandon: Callable[[], None] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._transactions = transactions
        self._registry = registry
        self._clock = clock
        self._abandon = abandon
        self._timing = timing or Timing()
        for kind in registry.kinds:
            # A counter that begins with its first count has not grown, as alerts see it.
            for counter in (JOB_RETRIES, JOBS_BURIED):
                counter.labels(kind)

    def run(self, job_id: UUID) -> Outcome:
        """Make an attempt at a job, if one may begin. Errors of the job end in the ledger, not here.

        Raises:
            Unavailable: the database does not answer. The job is as it was.
        """
        with self._transactions.writing() as work:
            job = work.jobs.begin(job_id, now=self._clock.now(), lease=self._timing.lease)
        if job is None:
            log.debug("job.passed_over", job_id=str(job_id))
            return Outcome.PASSED_OVER
        request, user = request_id_var.set(job.request_id), user_id_var.set(str(job.actor_id))
        try:
            return self._attempt(job)
        finally:
            request_id_var.reset(request)
            user_id_var.reset(user)

    def _attempt(self, job: Job) -> Outcome:
        facts = {"job_id": str(job.id), "kind": job.kind, "attempt": job.attempts}
        log.info("job.started", **facts)
        began = time.perf_counter()
        limit = self._limit_of(job)
        running = _Running(self, job, ends_at=began + limit.total_seconds())
        error: Exception | None = None
        try:
            with running.kept_alive(), _alarm(limit):
                result = self._registry.run(job, running)
                if not running.has_finished:
                    running.finish(result)
        except Exception as caught:  # noqa: BLE001 - whatever a job raises is its outcome
            error = caught
        seconds = time.perf_counter() - began
        if isinstance(error, Unavailable) and seconds >= limit.total_seconds():
            # The limit struck inside a call to the database, whose library made its own error of it.
            error = TimeLimitExceeded()
        outcome = self._settle(job, running, error, seconds)
        JOB_DURATION.labels(job.kind, outcome.value).observe(seconds)
        ended = {**facts, "outcome": outcome.value, "duration_ms": round(seconds * 1000, 1)}
        if error is None:
            log.info("job.ended", **ended)
        else:
            expected = isinstance(error, _EXPECTED)
            log.warning(
                "job.ended", **ended, error=_line(error), exc_info=None if expected else error
            )
        return outcome

    def _limit_of(self, job: Job) -> timedelta:
        kind = self._registry.kinds.get(job.kind)
        return LEASE if kind is None else kind.time_limit

    def _settle(
        self, job: Job, running: "_Running", error: Exception | None, seconds: float
    ) -> Outcome:
        """Store how an attempt ended, unless it has done so itself."""
        if error is None or running.has_finished:
            return Outcome.SUCCEEDED
        if isinstance(error, LostJob):
            return Outcome.LOST
        due_at = self._next_attempt(job, error)

        def fail() -> bool:
            with self._transactions.writing() as work:
                return work.jobs.fail(
                    running.attempt_of,
                    now=self._clock.now(),
                    error=_line(error),
                    duration_ms=round(seconds * 1000),
                    due_at=due_at,
                )

        try:
            try:
                is_mine = fail()
            except Unavailable:
                # The limit may have torn a connection apart. The next one is another.
                is_mine = fail()
        except Unavailable:
            return Outcome.LOST
        if not is_mine:
            return Outcome.LOST
        if due_at is None:
            JOBS_BURIED.labels(job.kind).inc()
            return Outcome.DEAD
        JOB_RETRIES.labels(job.kind).inc()
        return Outcome.FAILED

    def _next_attempt(self, job: Job, error: Exception) -> datetime | None:
        """When to try again, if at all."""
        if isinstance(error, Refused):
            return None
        now = self._clock.now()
        due_at = next_attempt(self._registry, job, now=now)
        if due_at is not None and isinstance(error, TryLater):
            return max(due_at, now + error.rest)
        return due_at


def next_attempt(registry: JobRegistry, job: Job, *, now: datetime) -> datetime | None:
    """When a job that failed may be tried again; ``None`` if it has been tried often enough."""
    try:
        policy = registry.kind(job.kind).retry
    except UnknownKind:
        # Another release may know it: while one is rolled out, both are at work.
        policy = RetryPolicy()
    tried = job.attempts - job.attempts_before
    if tried >= policy.attempts:
        return None
    return now + policy.rest(tried, chance())


class _Running:
    """The attempt, as the function of the job sees it (:class:`~.jobs.JobRun`)."""

    def __init__(self, runner: JobRunner, job: Job, *, ends_at: float) -> None:
        self._runner = runner
        self._job = job
        self._began = time.perf_counter()
        self._ends_at = ends_at
        self.attempt_of = Attempt(job.id, job.attempts)
        self.actor = Actor(id=job.actor_id)
        self.has_finished = False

    @property
    def job_id(self) -> UUID:
        """Of the job."""
        return self._job.id

    @property
    def attempt(self) -> int:
        """From 1."""
        return self._job.attempts

    def progress(self, percent: int) -> None:
        """Store how far the job is, and go on living."""
        if time.perf_counter() > self._ends_at:
            raise TimeLimitExceeded
        if not self._renewed(min(100, max(0, percent))):
            raise LostJob

    @contextmanager
    def finishing(self, result: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The last effects of the job, and its end, in one transaction."""
        with self._runner._transactions.writing() as work:  # noqa: SLF001 - two halves of one thing
            yield work
            is_mine = work.jobs.succeed(
                self.attempt_of,
                now=self._runner._clock.now(),  # noqa: SLF001
                result=None if result is None else json.dumps(result),
                duration_ms=round((time.perf_counter() - self._began) * 1000),
            )
            if not is_mine:
                raise LostJob
        self.has_finished = True

    def finish(self, result: Mapping[str, Any] | None) -> None:
        """The end of a job that has done its work.

        Tried twice: it would be a pity to do the work again because of one connection that is dead.
        """
        try:
            with self.finishing(result):
                pass
        except Unavailable:
            with self.finishing(result):
                pass

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew the lease until the block ends, or until the job is far beyond its time limit."""
        ended = threading.Event()
        timing, abandon = self._runner._timing, self._runner._abandon  # noqa: SLF001
        pause = timing.lease.total_seconds() / _RENEWALS_PER_LEASE
        latest = self._ends_at + timing.grace_seconds

        def renew() -> None:
            is_mine: bool | None = True
            rest = pause
            while not ended.wait(min(rest, max(0.0, latest - time.perf_counter()))):
                if time.perf_counter() >= latest:
                    log.error("job.abandoned", job_id=str(self._job.id), kind=self._job.kind)
                    if abandon is not None:
                        abandon()
                    return
                # One that was taken over is renewed no more, but has to end all the same.
                if is_mine is not False:
                    is_mine = self._is_still_mine()
                    rest = min(pause, RETRY_SECONDS) if is_mine is None else pause

        keeper = threading.Thread(
            target=copy_context().run,  # with the request that its lines belong to
            args=(renew,),
            name=f"lease-{self._job.id}",
            daemon=True,
        )
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _is_still_mine(self) -> bool | None:
        """Renew the lease; ``None`` if the database refuses: nothing says then that another attempt has begun."""
        try:
            return self._renewed(None)
        except Unavailable:
            return None
        except Exception:
            # It would end the thread that ends this process if the job does not end by itself.
            log.exception("job.not_renewed", job_id=str(self._job.id), kind=self._job.kind)
            return None

    def _renewed(self, percent: int | None) -> bool:
        runner = self._runner
        with runner._transactions.writing() as work:  # noqa: SLF001
            return work.jobs.renew(
                self.attempt_of,
                now=runner._clock.now(),  # noqa: SLF001
                lease=runner._timing.lease,  # noqa: SLF001
                percent=percent,
            )


@contextmanager
def _alarm(limit: timedelta) -> Iterator[None]:
    """Raise TimeLimitExceeded in the middle of the work when its time is up.

    Only the main thread of a process can be interrupted like this: that is where workers run jobs. Elsewhere, in
    development without a broker, a job notices when it next reports its progress.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeLimitExceeded

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    rest, interval = signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if rest:
            # There is one such timer in a process. Somebody else's goes on where it was.
            left = rest - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), interval)


def _line(error: Exception) -> str:
    """What is kept of an error: nothing that it was given, for that may be personal."""
    line = type(error).__name__
    if isinstance(error, (BadPayload, NewerPayload, TryLater, UnknownKind)):
        line = str(error)
    elif isinstance(error, Refused):
        line = f"refused: {error}"
    elif isinstance(error, AppError):
        line = f"{error.code}: {error.text}"
    return line[:MAX_ERROR_LENGTH]
