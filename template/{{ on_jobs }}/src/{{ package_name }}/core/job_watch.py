"""How a worker or a relay says how it is: the same three addresses as those of the server, on a port of its own.

Neither has callers, so this answers nothing else and believes nothing that it is told.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from multiprocessing.sharedctypes import RawValue
from socketserver import ThreadingTCPServer

import structlog

from .envelope import MEDIA_TYPE
from .health import READINESS_SECONDS, Health, Liveness, NotReady, Readiness
from .metrics import CONTENT_TYPE, exposition, forget_process, is_shared

log = structlog.get_logger("status")

SILENCE_SECONDS = 30.0
"""How long nothing may be heard of what beats every second or so."""
_LOOK_SECONDS = 1.0
"""How often a watch looks whether there is still something to watch."""
_SLOW_CALLER_SECONDS = 5.0


class PortTaken(Exception):
    """The port cannot be listened on. The message says why."""


class Pulse:
    """The last sign of life of a part, which every process can see that was forked since."""

    def __init__(self) -> None:
        self._at = RawValue("d", time.monotonic())
        self._processes = RawValue("i", 1)

    def beat(self, processes: int = 1) -> None:
        """It is alive, and so many processes are at work."""
        self._at.value, self._processes.value = time.monotonic(), processes

    def check(self) -> None:
        """Ask whether it is.

        Raises:
            NotReady: nothing was heard of it for too long, or nobody is at work.
        """
        if time.monotonic() - self._at.value > SILENCE_SECONDS:
            raise NotReady("no sign of life")
        if self._processes.value == 0:
            raise NotReady("no process is at work")


class Crew:
    """The processes of a worker, as the first of them sees them.

    Args:
        pulse: is told how many there are.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._at_work: frozenset[int] = frozenset()

    def seen(self, pids: Collection[int]) -> None:
        """These are at work; what others had in use counts no longer."""
        for pid in self._at_work.difference(pids):
            if is_shared():
                forget_process(pid)
        self._at_work = frozenset(pids)
        self._pulse.beat(len(self._at_work))


class StatusServer(ThreadingTCPServer):
    """Listens from the beginning, so that a port that is taken is noticed at the start.

    Args:
        host: address to listen on.
        port: at that address.

    Raises:
        PortTaken: it cannot be had.
    """

    allow_reuse_address = True
    daemon_threads = True
    timeout = _LOOK_SECONDS

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.health = Health({})
        self.version = ""
        self._checks = ThreadPoolExecutor(2, thread_name_prefix="health")
        try:
            super().__init__((host, port), _Answers)
        except OSError as error:
            raise PortTaken(error.strerror or type(error).__name__) from error

    def answer(self, health: Health, *, version: str, until: Callable[[], bool]) -> None:
        """Answer until there is nothing to tell any more.

        Args:
            health: what is needed to work.
            version: of the service.
            until: asked about every second.
        """
        self.health, self.version = health, version
        while not until():
            self.handle_request()

    def readiness(self) -> Readiness:
        """What the components say, or that they said nothing in time."""
        try:
            return self._checks.submit(self.health.readiness).result(READINESS_SECONDS)
        except TooLate:
            return self.health.timed_out()

    def handle_error(self, *_: object) -> None:
        """Go on. That whoever asked has gone is not worth a line."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("status.failed", exc_info=error)


class _Answers(BaseHTTPRequestHandler):
    """Three addresses."""

    server: StatusServer
    server_version = "status"
    sys_version = ""
    timeout = _SLOW_CALLER_SECONDS

    def do_GET(self) -> None:
        """Answer one of them."""
        path = self.path.partition("?")[0]
        if path == "/health/live":
            self._send(200, MEDIA_TYPE, Liveness().model_dump_json().encode())
        elif path == "/health/ready":
            found = self.server.readiness()
            self._send(found.http_status, MEDIA_TYPE, found.body(self.server.version))
        elif path == "/metrics":
            self._send(200, CONTENT_TYPE, exposition(shared=is_shared()))
        else:
            self._send(404, "text/plain", b"/health/live, /health/ready, /metrics\n")

    def log_message(self, *_: object) -> None:
        """Those who ask do so every few seconds: nothing of it is worth a line."""

    def _send(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def answered_in_a_thread(server: StatusServer, health: Health, *, version: str) -> Iterator[None]:
    """Answer until the block ends, in a thread of this process. It must not fork meanwhile."""
    ended = threading.Event()
    thread = threading.Thread(
        target=server.answer, args=(health,), kwargs={"version": version, "until": ended.is_set}
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        server.server_close()


@contextmanager
def answered_from_beside(
    server: StatusServer, answer: Callable[[Callable[[], bool]], None]
) -> Iterator[None]:
    """Answer until the block ends, in a process of its own.

    In a thread it might hold a lock in the moment in which a worker forks: its children would wait for it for ever.

    Args:
        server: listens already.
        answer: is called in that process, and has the server answer until what it is given says so.
    """
    first = os.getpid()

    def serve() -> None:
        # Whoever tells a whole group of processes to stop means the first one. When it is gone, this goes, too.
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, signal.SIG_IGN)
        answer(lambda: os.getppid() != first)

    process = multiprocessing.get_context("fork").Process(target=serve, name="status", daemon=True)
    process.start()
    server.server_close()
    try:
        yield
    finally:
        process.kill()
        process.join()
