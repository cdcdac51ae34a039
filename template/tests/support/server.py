"""The service as a process of its own, the way production runs it.

This module and `databases.py` are the only parts of the HTTP tests that know how a service is started. Everything
else speaks HTTP to a base URL.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.callers import Account

PROJECT = Path(__file__).resolve().parents[2]

# Settings of the person who runs the tests must not leak into the service under test.
FOREIGN_SETTINGS = (
    "DATABASE_URL",
    "TEST_DATABASE_URL",
    "CACHE_URL",
    "TEST_CACHE_URL",
    "ALLOWED_HOSTS",
    "CORS_ORIGINS",
    "TRUSTED_PROXIES",
    "ENVIRONMENT",
    "SECRET_KEY_FILE",
    "DEBUG",
)

TEST_SETTINGS = {
    "ENVIRONMENT": "test",
    "SECRET_KEY": "only-for-tests-0123456789abcdef0123456789abcdef",
    "HOST": "127.0.0.1",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
    # Tests ask more than callers may. Those of the limits set them back.
    "RATE_LIMIT_DEFAULT": "100000/second",
    "RATE_LIMIT_AUTH": "100000/second",
    "WEB_WORKERS": "1",
    "PYTHONUNBUFFERED": "1",
    # Some requests name machines that do not exist. Without a network, resolvers take long to say so.
    "RES_OPTIONS": "timeout:1 attempts:1",
}


def package_name() -> str:
    """The one package under `src/` that can be run with `python -m`."""
    found = sorted(path.parent.name for path in (PROJECT / "src").glob("*/__main__.py"))
    if len(found) != 1:
        raise RuntimeError(f"expected one package with a __main__.py in src/, found {found}")
    return found[0]


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on.

    It lies below the ports that the kernel gives to outgoing connections, so that none of those takes it
    while the service starts.
    """
    candidates = random.SystemRandom().sample(range(15_000, 32_000), 50)
    for port in candidates:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("found no free port between 15000 and 32000 on 127.0.0.1")


def service_environment(database_url: str, **settings: str) -> dict[str, str]:
    """The environment for a command of the service: the caller's, minus its settings, plus the ones for tests."""
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN_SETTINGS}
    return {**inherited, **TEST_SETTINGS, "DATABASE_URL": database_url, **settings}


def run_command(*arguments: str, database_url: str, timeout: float = 120, **settings: str) -> str:
    """Run one command of the service to its end and return what it printed.

    Raises:
        RuntimeError: the command ended with an error; the message holds its output.
    """
    finished = subprocess.run(
        [sys.executable, "-m", package_name(), *arguments],
        cwd=PROJECT,
        env=service_environment(database_url, **settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(
            f"`{' '.join(arguments)}` ended with {finished.returncode}:\n"
            f"{finished.stdout}\n{finished.stderr}"
        )
    return finished.stdout


def migrate(database_url: str) -> None:
    """Bring an empty database to the newest schema."""
    run_command("migrate", "up", database_url=database_url)


def make_admin(database_url: str) -> Account:
    """The first administrator, who cannot come into being over HTTP."""
    admin = Account("admin@example.org")
    run_command("admin", admin.email, database_url=database_url, ADMIN_PASSWORD=admin.password)
    return admin


class ServiceProcess:
    """One running service on a free port, with everything it printed.

    Use it as a context manager; it is stopped with SIGTERM, like an orchestrator would, and killed only when it
    does not end by itself.

    Attributes:
        command: of the command line, in which form the service runs.
        port_variable: the setting that says where it listens.
    """

    command = "serve"
    port_variable = "PORT"

    def __init__(self, database_url: str, **settings: str) -> None:
        self.database_url = database_url
        self.settings = settings
        self.port = free_port()
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []

    @property
    def base_url(self) -> str:
        """Where the service listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[str]:
        """The running process; an error before `start`."""
        if self._process is None:
            raise RuntimeError("the service was not started")
        return self._process

    def start(self, *, timeout: float = 40) -> ServiceProcess:
        """Start the service and wait until it is live (not: ready).

        Raises:
            RuntimeError: it ended, or did not answer within `timeout` seconds; the message holds its output.
        """
        environment = service_environment(
            self.database_url, **{self.port_variable: str(self.port), **self.settings}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", package_name(), self.command],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._readers = [
            self._read(self._process.stdout, self.stdout),
            self._read(self._process.stderr, self.stderr),
        ]
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"the service ended with {self._process.returncode}:\n{self.output()}"
                )
            if status_of(f"{self.base_url}/health/live") == 200:
                return self
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the service was not live within {timeout} s:\n{self.output()}")

    def stop(self, *, timeout: float = 20) -> int:
        """Ask the service to end (SIGTERM) and return its exit code, in seconds at most `timeout`."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(
                f"the service did not end within {timeout} s of SIGTERM:\n{self.output()}"
            ) from None
        self._drain()
        return code

    def kill(self) -> None:
        """End the service at once, without a chance to tidy up."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._drain()

    def output(self) -> str:
        """Everything printed so far, for messages of failed tests."""
        return "".join(["--- stdout\n", *self.stdout, "--- stderr\n", *self.stderr])

    def records(self) -> list[dict[str, Any]]:
        """The log lines so far as objects; a line that is no JSON object fails the test that asks."""
        records = []
        for line in list(self.stdout):
            record = json.loads(line)
            if not isinstance(record, dict):
                raise TypeError(f"a log line is no JSON object: {line!r}")
            records.append(record)
        return records

    def wait_for_record(self, timeout: float = 5, **wanted: object) -> dict[str, Any]:
        """The first log line whose members equal `wanted`; waits up to `timeout` seconds for it.

        Raises:
            LookupError: no such line came in time.
        """
        deadline = time.monotonic() + timeout
        while True:
            for record in self.records():
                if all(record.get(name) == value for name, value in wanted.items()):
                    return record
            if time.monotonic() > deadline:
                raise LookupError(f"no log line with {wanted} in:\n{self.output()}")
            time.sleep(0.05)

    def __enter__(self) -> ServiceProcess:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        elif self._process is not None:
            self._drain()

    def _read(self, stream: Any, lines: list[str]) -> threading.Thread:
        def copy() -> None:
            with stream:
                lines.extend(iter(stream.readline, ""))

        reader = threading.Thread(target=copy, daemon=True)
        reader.start()
        return reader

    def _drain(self) -> None:
        for reader in self._readers:
            reader.join(5)


def status_of(url: str, *, timeout: float = 5, headers: Mapping[str, str] | None = None) -> int:
    """The status of a GET, or 0 when nobody answers."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except (urllib.error.URLError, OSError):
        return 0
