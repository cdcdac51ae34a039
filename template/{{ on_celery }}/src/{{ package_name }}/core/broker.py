"""The queue, carried by Celery over Redis or RabbitMQ.

Celery hands ids to processes, and does nothing else: attempts, retries, time limits and results are the ledger's, so
its own are switched off. A message is acknowledged before the work begins; what is lost after that, the relay tells of
again.

Importing this takes half a second, so only those do who talk to the broker.
"""

import logging
import os
import signal
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Any
from uuid import UUID

import structlog
from amqp.exceptions import AccessRefused, NotAllowed
from billiard import set_start_method
from celery import Celery, signals
from celery.apps.worker import Worker
from celery.exceptions import OperationalError
from celery.utils.log import get_multiprocessing_logger
from celery.worker import state
from redis.exceptions import AuthenticationError, NoPermissionError

from .job_queue import STOPPING, Attempt, Queue, QueueAway, QueueRefused, Start, deliver

log = structlog.get_logger("worker")

TIMEOUT_SECONDS = 2.0
"""How long the broker may take to accept a connection, and to answer, when it is told of a job."""
JOBS_PER_PROCESS = 1000
"""After so many jobs a process makes room for a new one: whatever leaks ends with it."""
MEBIBYTES_PER_PROCESS = 512
"""A process that has needed more than this makes room for a new one after the job."""
PAUSE_SECONDS = 2.0
"""Rest of a process that could not be set up, before another one tries."""
_SETUP_SECONDS = 60.0
_TASK = "attempt"
_REFUSALS = (AccessRefused, NotAllowed, AuthenticationError, NoPermissionError)
_NO_SUCH_DATABASE = "DB index is out of range"


def open_queue(url: str, *, name: str) -> Queue:
    """The queue, for those who tell it of jobs. It connects when it is first needed.

    Args:
        url: of the broker: ``redis://``, ``rediss://``, ``amqp://`` or ``amqps://``.
        name: of the queue; with Redis it begins the name of each key, too.
    """
    return _CeleryQueue(url, name)


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
        seen: is told every second which processes are at work, as long as the broker is there.
        jobs_per_process: how many a process does before another one takes its place.
        mebibytes_per_process: how much memory one may have needed before another one takes its place.

    Returns:
        The exit status.
    """
    app = _app(url, name)
    process = _Process(start)
    # Begun in any other way, as is usual on macOS, processes would know none of this.
    set_start_method("fork", force=True)
    app.task(name=_TASK, shared=False)(process.run)
    logging.getLogger("celery").setLevel(logging.WARNING)  # jobs are logged by whoever runs them
    with process.called():
        worker = _Worker(
            app=app,
            hostname=f"{name}@",
            concurrency=concurrency,
            max_tasks_per_child=jobs_per_process,
            max_memory_per_child=mebibytes_per_process * 1024,
            quiet=True,
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )
        worker.seen = seen
        worker.start()
    return int(worker.exitcode or 0)


class _Process:
    """What Celery calls in each process that serves jobs.

    Args:
        start: sets one up.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._held = ExitStack()
        self._attempts: list[Attempt] = []

    @contextmanager
    def called(self) -> Iterator[None]:
        """Have it called until the block ends."""
        signals.worker_process_init.connect(self.set_up, weak=False)
        signals.worker_process_shutdown.connect(self.tear_down, weak=False)
        signals.setup_logging.connect(_keep_logging, weak=False)
        try:
            yield
        finally:
            signals.worker_process_init.disconnect(self.set_up)
            signals.worker_process_shutdown.disconnect(self.tear_down)
            signals.setup_logging.disconnect(_keep_logging)

    def set_up(self, **_: object) -> None:
        """Begin."""
        # Whoever tells a whole group of processes to stop means the first one: it lets these finish.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            self._attempts.append(self._held.enter_context(self._start()))
        except Exception:
            log.exception("worker.failed")
            time.sleep(PAUSE_SECONDS)
            os._exit(1)  # raised, the error would be logged, and jobs taken all the same

    def tear_down(self, **_: object) -> None:
        """End, if there is time for it: a process that is killed does not come here."""
        self._held.close()

    def run(self, job_id: str) -> None:
        """Make an attempt at a job."""
        # From here on it is handled, by doing nothing: what a job starts would inherit that it is ignored.
        signal.signal(signal.SIGTERM, _heed)
        deliver(job_id, self._attempts[-1])


def _keep_logging(**_: object) -> None:
    """As somebody listens, Celery leaves logging as it is. What its pool reports is otherwise not logged."""
    pool = get_multiprocessing_logger()
    pool.propagate = True
    pool.setLevel(logging.WARNING)


def _heed(*_: object) -> None:
    """Nothing follows from it."""


class _CeleryQueue:
    """One connection, kept for as long as it works (:class:`~.job_queue.Queue`)."""

    def __init__(self, url: str, name: str) -> None:
        self._app = _app(url, name)
        self._connection = self._app.connection_for_write(url)
        self._away: tuple[type[BaseException], ...] = (
            OperationalError,
            *self._connection.connection_errors,
            *self._connection.recoverable_connection_errors,
            *self._connection.channel_errors,
        )
        self._producer: Any = None
        self._guard = threading.Lock()

    def send(self, job_id: UUID) -> None:
        """Have a worker try a job; the broker has said that it keeps the message."""
        with self._talking() as producer:
            self._app.send_task(
                _TASK,
                (str(job_id),),
                producer=producer,
                ignore_result=True,
                retry=False,
                confirm_timeout=TIMEOUT_SECONDS,
            )

    def check(self) -> None:
        """Declare the queue once more: that takes an answer, where an open connection tells nothing."""
        with self._talking() as producer:
            self._app.amqp.default_queue(producer.channel).declare()

    def close(self) -> None:
        """Close the connection."""
        with self._guard, suppress(*self._away):
            self._producer = None
            self._connection.release()

    @contextmanager
    def _talking(self) -> Iterator[Any]:
        with self._guard:
            try:
                if self._producer is None:
                    self._producer = self._connected()
                yield self._producer
            except self._away as error:
                self._drop()
                raise _meant(error) from error

    def _connected(self) -> Any:
        self._connection.ensure_connection(max_retries=0)
        if _is_amqp(self._connection.transport_cls):
            # The library limits how long connecting and confirming take; this holds for everything.
            self._connection.connection.sock.settimeout(TIMEOUT_SECONDS)
        return self._app.amqp.Producer(self._connection.channel(), auto_declare=False)

    def _drop(self) -> None:
        """Forget the connection, without the goodbye that nobody may be there to answer."""
        self._producer = None
        with suppress(*self._away):
            if _is_amqp(self._connection.transport_cls):
                self._connection.collect()
            else:
                self._connection.release()


def _meant(error: BaseException) -> QueueAway:
    """What an error of the libraries comes down to."""
    cause = error.__cause__ or error
    if isinstance(cause, _REFUSALS) or str(cause) == _NO_SUCH_DATABASE:
        return QueueRefused(str(cause))
    return QueueAway()


class _Worker(Worker):  # type: ignore[misc]
    """Celery's worker, with signals that mean the same as in every other part of the service.

    Attributes:
        seen: is told which processes are at work.
    """

    seen: Callable[[Collection[int]], None] | None = None

    def install_platform_tweaks(self, worker: Worker) -> None:  # noqa: ARG002 - the base class's signature
        """Stop gently when told to. Celery's own signals print, restart the worker, or open a debugger."""

        def stop(number: int, _: FrameType | None) -> None:
            state.should_stop = 0
            if number == signal.SIGINT:
                signal.signal(signal.SIGINT, signal.SIG_DFL)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def stop(self, in_sighandler: bool = False, exitcode: int | None = None) -> None:
        """Say so, for it takes as long as the running jobs."""
        log.info("worker.stopping", hint=STOPPING)
        super().stop(in_sighandler, exitcode)

    def register_with_event_loop(self, hub: Any) -> None:
        """Wake up every second. Celery looks whether it has to stop when something happens, however late."""
        super().register_with_event_loop(hub)
        hub.call_repeatedly(1.0, self._look)

    def _look(self) -> None:
        # While running jobs finish, another thread calls this. There is nothing left to be told then.
        if threading.current_thread() is threading.main_thread():
            state.maybe_shutdown()
        if self.seen is not None:
            self.seen(self.pool.info["processes"])


def _app(url: str, name: str) -> Celery:
    """An application of Celery that remembers nothing. It is nobody's default, and connects to nothing yet."""
    scheme = url.partition("://")[0]
    app = Celery(name, set_as_current=False)
    app.conf.update(
        # These two, and not `broker_url`, which a variable of Celery's own would replace.
        broker_read_url=url,
        broker_write_url=url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=TIMEOUT_SECONDS,
        broker_transport_options=_transport_options(scheme, name),
        broker_use_ssl=_tls(scheme),
        accept_content=["json"],
        result_backend=None,
        task_serializer="json",
        task_acks_late=False,
        task_default_queue=name,
        task_ignore_result=True,
        task_publish_retry=False,
        # It means those that are acknowledged late, so none; unset, Celery would warn of it each time.
        worker_cancel_long_running_tasks_on_connection_loss=True,
        # Redis keeps what no process is free for. RabbitMQ gives each process one message in advance.
        worker_disable_prefetch=not _is_amqp(scheme),
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_pool="prefork",
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=_SETUP_SECONDS,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
    )
    return app


def _is_amqp(scheme: str) -> bool:
    return scheme in {"amqp", "amqps"}


def _transport_options(scheme: str, name: str) -> dict[str, Any]:
    if _is_amqp(scheme):
        return {"confirm_publish": True}
    return {
        "global_keyprefix": f"{name}:",
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_keepalive": True,
    }


def _tls(scheme: str) -> dict[str, Any] | None:
    """What makes the libraries check whom they talk to: by themselves, they would not, or not the name."""
    if scheme == "amqps":
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}  # that of the URL
    if scheme == "rediss":
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    return None
