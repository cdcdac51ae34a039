"""Hands jobs over to the queue, and takes those back whose workers are gone.

Any number of relays may run: each takes rows that no other one holds. A relay that dies between telling the queue and
noting it down has the queue told twice, which the ledger makes harmless.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

import structlog

from .clock import Clock
from .errors import Unavailable
from .job_ledger import Attempt, Handover, LedgerWork
from .job_metrics import (
    JOBS_BURIED,
    JOBS_DEAD,
    JOBS_DUE,
    JOBS_HANDED_OVER,
    JOBS_LOST,
    JOBS_OLDEST_DUE,
)
from .job_queue import Queue, QueueAway
from .job_runner import next_attempt
from .jobs import JobRegistry
from .unit_of_work import Transactions

log = structlog.get_logger("relay")

_LOST = "its worker is gone"
_MOST_DOUBLINGS = 6
_LONGEST_MS = 2**31 - 1  # what the column takes: 24 days


@dataclass(frozen=True, slots=True)
class Pace:
    """How busy a relay is.

    Attributes:
        pause_seconds: rest when there was nothing to hand over.
        batch: jobs handed over in one unit of work.
        patience: how long the queue may take to begin a job before it is told again; doubled each time.
        rest_seconds: rest after the broker or the database did not answer.
        look_around_seconds: how often it looks for lost jobs, and measures the backlog.
        grace_seconds: how long it takes no job for lost after the database was away, which kept all from renewing
            their leases.
    """

    pause_seconds: float = 0.2
    batch: int = 100
    patience: timedelta = timedelta(seconds=60)
    rest_seconds: float = 1.0
    look_around_seconds: float = 5.0
    grace_seconds: float = 15.0


class JobRelay:
    """Works until it is told to stop.

    Args:
        transactions: opens units of work.
        queue: is told of jobs.
        registry: says how often a kind of job is tried.
        clock: tells the time.
        pace: how busy it is.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[LedgerWork],
        queue: Queue,
        registry: JobRegistry,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._transactions = transactions
        self._queue = queue
        self._registry = registry
        self._clock = clock
        self._pace = pace or Pace()
        self._is_away = False
        for kind in registry.kinds:
            # A counter that begins with its first count has not grown, as alerts see it.
            for counter in (JOBS_HANDED_OVER, JOBS_LOST, JOBS_BURIED):
                counter.labels(kind)

    def work(self, stop: threading.Event, *, beat: Callable[[], object] | None = None) -> None:
        """Hand over what is due until the event is set. No outage ends it.

        Args:
            stop: ends it.
            beat: is called in each round, for those who watch.
        """
        looked_at = None
        spared_until = time.monotonic()
        while not stop.is_set():
            if beat is not None:
                beat()
            now = self._clock.now()
            try:
                if looked_at is None or abs(now - looked_at) >= timedelta(
                    seconds=self._pace.look_around_seconds
                ):
                    looked_at = now
                    if time.monotonic() >= spared_until:
                        self.take_back()
                    self._try_to_measure()
                if self._is_away:
                    # Before anything is locked: a broker that hangs would keep writers waiting.
                    self._queue.check()
                told = self.hand_over()
            except (QueueAway, Unavailable) as error:
                self._lose(error)
                if isinstance(error, Unavailable):
                    spared_until = time.monotonic() + self._pace.grace_seconds
                stop.wait(self._pace.rest_seconds)
                continue
            self._regain()
            if told < self._pace.batch:
                stop.wait(self._pace.pause_seconds)

    def hand_over(self) -> int:
        """Tell the queue of the oldest jobs that are due; returns of how many.

        Raises:
            QueueAway: the broker does not answer. What it was told of before is noted down.
            Unavailable: the database does not answer.
        """
        now = self._clock.now()
        away: QueueAway | None = None
        with self._transactions.writing() as work:
            told: dict[int, list[Handover]] = defaultdict(list)
            for one in work.jobs.to_hand_over(now=now, limit=self._pace.batch):
                try:
                    self._queue.send(one.job_id)
                except QueueAway as error:
                    away = error
                    break
                told[one.handovers].append(one)
            for handovers, ones in told.items():
                # A long queue is told of the same job ever more rarely, or repetitions would make it longer.
                patience = self._pace.patience * 2 ** min(handovers, _MOST_DOUBLINGS)
                work.jobs.handed_over([one.job_id for one in ones], again_at=now + patience)
        for one in chain(*told.values()):
            JOBS_HANDED_OVER.labels(one.kind).inc()
        if away is not None:
            raise away
        return sum(map(len, told.values()))

    def take_back(self) -> int:
        """End the attempts whose workers are gone, and let others follow; returns how many.

        Raises:
            Unavailable: the database does not answer.
        """
        now = self._clock.now()
        with self._transactions.writing() as work:
            lost = [
                (job, next_attempt(self._registry, job, now=now))
                for job in work.jobs.lost(now=now, limit=self._pace.batch)
            ]
            for job, due_at in lost:
                since = job.started_at or now
                work.jobs.fail(
                    Attempt(job.id, job.attempts),
                    now=now,
                    error=_LOST,
                    duration_ms=_milliseconds(now - since),
                    due_at=due_at,
                )
        for job, due_at in lost:
            JOBS_LOST.labels(job.kind).inc()
            if due_at is None:
                JOBS_BURIED.labels(job.kind).inc()
            log.warning(
                "job.lost",
                job_id=str(job.id),
                kind=job.kind,
                attempt=job.attempts,
                request_id=job.request_id,
                again=due_at is not None,
            )
        return len(lost)

    def measure(self) -> None:
        """Bring the gauges of the backlog up to date.

        Raises:
            Unavailable: the database does not answer.
        """
        now = self._clock.now()
        with self._transactions.reading() as work:
            found = {backlog.kind: backlog for backlog in work.jobs.backlog(now=now)}
        for kind in self._registry.kinds.keys() | found.keys():
            backlog = found.get(kind)
            oldest = None if backlog is None else backlog.oldest_due_at
            JOBS_DUE.labels(kind).set(0 if backlog is None else backlog.due)
            JOBS_DEAD.labels(kind).set(0 if backlog is None else backlog.dead)
            JOBS_OLDEST_DUE.labels(kind).set(
                0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
            )

    def _try_to_measure(self) -> None:
        """A backlog that is too long to be counted in time must not keep it from getting shorter."""
        try:
            self.measure()
        except Unavailable:
            log.warning("relay.not_measured")
            for gauge in (JOBS_DUE, JOBS_DEAD, JOBS_OLDEST_DUE):
                gauge.clear()  # no number is better than one of long ago: alerts ask for that, too

    def _lose(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("relay.interrupted", reason=type(error).__name__, detail=str(error) or None)
        self._is_away = True

    def _regain(self) -> None:
        if self._is_away:
            log.info("relay.resumed")
        self._is_away = False


def _milliseconds(duration: timedelta) -> int:
    return min(max(0, round(duration.total_seconds() * 1000)), _LONGEST_MS)
