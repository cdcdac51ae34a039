"""The queue, carried by RQ over Redis.

RQ hands ids to processes, and does nothing else: attempts, retries, time limits and results are the ledger's, so its
own are switched off. If a worker loses what it has taken, the relay tells of it again.

Importing this takes half a second, so only those do who talk to the broker.
"""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, ClassVar
from uuid import UUID

import structlog
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.retry import Retry
from rq import Queue as RedisQueue
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.timeouts import BaseDeathPenalty
from rq.worker import WorkerStatus

from .job_queue import (
    STOPPING,
    Attempt,
    Queue,
    QueueAway,
    QueueRefused,
    Start,
    deliver,
    server_of,
)
from .jobs import MAX_TIME_LIMIT

if sys.platform != "win32":  # where workers can only be told of jobs: nothing can fork there
    import resource

log = structlog.get_logger("worker")

TIMEOUT_SECONDS = 2.0
"""How long Redis may take to accept a connection, and to answer, when it is told of a job."""
JOBS_PER_PROCESS = 1000
"""After so many jobs a process makes room for a new one: whatever leaks ends with it."""
MEBIBYTES_PER_PROCESS = 512
"""A process that has needed more than this makes room for a new one after the job."""
PAUSE_SECONDS = 2.0
"""Rest before a process takes the place of one that has failed."""
_IDLE_SECONDS = 60
_LOOK_SECONDS = 1.0
_NO_SUCH_DATABASE = "DB index is out of range"


def open_queue(url: str, *, name: str) -> Queue:
    """The queue, for those who tell it of jobs. It connects when it is first needed.

    Args:
        url: of the broker: ``redis://`` or ``rediss://``.
        name: of the queue.
    """
    return _RedisQueue(url, name)


def run_worker(
    url: str,
    *,
    name: str,
    concurrency: int,
    start: Start,
    seen: Callable[[Collection[int]], None] | None = None,
    jobs_per_process: int = JOBS_PER_PROCESS,
    mebibytes_per_process: int = MEBIBYTES_PER_PROCESS,
) -> int:
    """Serve jobs until told to stop (SIGTERM, SIGINT), then let running ones finish.

    A broker that is away is waited for. A second SIGINT ends it at once, and the jobs with it.

    Args:
        url: of the broker.
        name: of the queue.
        concurrency: processes, each with one job at a time, in its main thread.
        start: entered once in each process; yields what makes an attempt at a job.
        seen: is told every second which processes are at work.
        jobs_per_process: how many a process does before another one takes its place.
        mebibytes_per_process: how much memory one may have needed before another one takes its place.

    Returns:
        The exit status.
    """
    first = os.getpid()

    def serve(pause: float) -> None:
        _serve(
            url,
            name,
            start=start,
            first=first,
            pause=pause,
            most_jobs=jobs_per_process,
            most_mebibytes=mebibytes_per_process,
        )

    _Crew(serve, concurrency, seen=seen).work()
    return 0


def attempt(job_id: str) -> None:
    """Make an attempt at a job: the function that RQ calls."""
    if _Process.attempt is None:
        raise RuntimeError("jobs are served by the worker of this service, not by that of RQ")
    deliver(job_id, _Process.attempt)


class _Process:
    """What this process serves jobs with. RQ finds the function by its name, so this has to have a name, too."""

    attempt: ClassVar[Attempt | None] = None


class _RedisQueue:
    """A queue of RQ (:class:`~.job_queue.Queue`)."""

    def __init__(self, url: str, name: str) -> None:
        self._pool = _pool(url, socket_timeout=TIMEOUT_SECONDS)
        self._redis = Redis(connection_pool=self._pool)
        self._queue = RedisQueue(name, connection=self._redis, serializer="json")

    def send(self, job_id: UUID) -> None:
        """Have a worker try a job."""
        text = str(job_id)
        try:
            self._queue.enqueue_call(
                f"{__name__}.{attempt.__name__}",
                args=(text,),
                description=text,
                timeout=-1,
                result_ttl=0,
                failure_ttl=0,
            )
        except RedisError as error:
            raise _meant(error) from error

    def check(self) -> None:
        """Ask for an answer."""
        try:
            self._redis.ping()
        except RedisError as error:
            raise _meant(error) from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.disconnect()


def _meant(error: RedisError) -> QueueAway:
    """What an error of the library comes down to."""
    refused = isinstance(error, AuthenticationError | NoPermissionError)
    if refused or str(error) == _NO_SUCH_DATABASE:
        return QueueRefused(str(error))
    return QueueAway()


class _Crew:
    """Processes at work, as many as were asked for: another one takes the place of each that ends.

    RQ's own pool would leave those running that are born while it is told to stop.

    Args:
        serve: what a process does, after a pause of so many seconds.
        size: how many there are.
        seen: is told every second which ones.
    """

    def __init__(
        self,
        serve: Callable[[float], None],
        size: int,
        *,
        seen: Callable[[Collection[int]], None] | None = None,
    ) -> None:
        self._serve = serve
        self._size = size
        self._seen = seen

    def work(self) -> None:
        """Keep them at work until told to stop, and wait until they have ended."""
        # Signals wait to be asked for, so none can fall between two steps; new processes begin like that, too.
        signals = _signals()
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        for sign in (signal.SIGCHLD, signal.SIGALRM):
            signal.signal(sign, _heed)
        processes = [self._begin(0.0) for _ in range(self._size)]
        signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
        while signal.sigwait(signals) in {signal.SIGCHLD, signal.SIGALRM}:
            processes = [
                process if process.is_alive() else self._replace(process) for process in processes
            ]
            self._look(processes)
        log.info("worker.stopping", hint=STOPPING)
        for process in processes:
            process.terminate()
        while any(process.is_alive() for process in processes):
            self._look(processes)
            if signal.sigwait(signals) == signal.SIGINT:
                for process in processes:
                    process.kill()
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _look(self, processes: list[BaseProcess]) -> None:
        if self._seen is not None:
            self._seen([one.pid for one in processes if one.pid and one.is_alive()])

    def _replace(self, ended: BaseProcess) -> BaseProcess:
        if ended.exitcode is not None and ended.exitcode < 0:
            name = signal.Signals(-ended.exitcode).name
            log.error("worker.process_killed", pid=ended.pid, signal=name)
        return self._begin(PAUSE_SECONDS if ended.exitcode else 0.0)

    def _begin(self, pause: float) -> BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=self._serve, args=(pause,))
        process.start()
        return process


def _signals() -> set[signal.Signals]:
    """What the first process heeds. Not every system has all of them."""
    return {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM}


def _heed(*_: object) -> None:
    """Nothing follows from it; but some systems forget a signal that nobody handles instead of letting it wait."""


def _serve(
    url: str,
    name: str,
    *,
    start: Start,
    first: int,
    pause: float,
    most_jobs: int,
    most_mebibytes: int,
) -> None:
    """Serve jobs in this process, until the one that began it tells it to stop."""
    for sign in (signal.SIGCHLD, signal.SIGALRM):
        signal.signal(sign, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())
    threading.Thread(target=_follow, args=(first,), name="follow", daemon=True).start()
    time.sleep(pause)
    logging.getLogger("rq").setLevel(logging.WARNING)  # jobs are logged by whoever runs them
    try:
        # One connection that went stale is no reason to fail: Redis may have been started anew.
        redis = Redis(connection_pool=_pool(url, retry=Retry(NoBackoff(), 1)))
        worker = _Worker(redis, name, most_mebibytes)
        with start() as _Process.attempt, suppress(StopRequested):  # while it was ending anyway
            worker.work(logging_level="WARNING", max_jobs=most_jobs)
    except RedisError as error:
        log.warning("worker.broker_away", reason=type(error).__name__, server=server_of(url))
        sys.exit(1)
    except Exception:
        log.exception("worker.failed")
        sys.exit(1)


def _leave(*_: object) -> None:
    sys.exit(0)


def _follow(first: int) -> None:
    """Stop when the process that began this one is gone: nobody else will say so."""
    while os.getppid() == first:
        time.sleep(_LOOK_SECONDS)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


class _NoLimit(BaseDeathPenalty):
    """Limits nothing: each attempt has the limit of its kind of job, and sets the only alarm there is."""

    def setup_death_penalty(self) -> None:
        """Nothing is set up."""

    def cancel_death_penalty(self) -> None:
        """So there is nothing to cancel."""


class _Worker(SimpleWorker):
    """RQ's worker, in a process that stays: one that forks for each job would have to set up everything each time.

    Args:
        connection: to Redis.
        name: of the queue.
        most_mebibytes: it stops after the job with which it needed more.
    """

    death_penalty_class = _NoLimit
    log_result_lifespan = False
    max_connection_wait_time = 5.0

    def __init__(self, connection: Redis, name: str, most_mebibytes: int) -> None:
        super().__init__(
            [name],
            connection=connection,
            serializer="json",
            worker_ttl=_IDLE_SECONDS,
            log_job_description=False,
        )
        self._most_mebibytes = most_mebibytes

    def subscribe(self) -> None:
        """Nothing: no orders are taken from Redis, and no thread is needed for them."""

    def request_stop(self, *_: object) -> None:
        """Stop after the job, or at once if there is none."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        self._stop_requested = True

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's
        """How long a job may run before RQ takes it for abandoned: longer than any may run."""
        return round(MAX_TIME_LIMIT.total_seconds()) + _IDLE_SECONDS

    def execute_job(self, job: Job, queue: RedisQueue) -> None:
        """Run a job, in the main thread of this process."""
        super().execute_job(job, queue)
        if _mebibytes() > self._most_mebibytes:
            self._stop_requested = True

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self.request_stop)


def _mebibytes() -> float:
    """The most memory that this process has needed so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def _pool(url: str, **options: Any) -> ConnectionPool:
    # Unlike the library's own pools, this one tries only once. The older protocol needs no handshake.
    return ConnectionPool.from_url(
        url,
        protocol=2,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_keepalive=True,
        **options,
    )
