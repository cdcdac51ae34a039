"""A rendered service as its team gets it: set up by its hooks, checked and tested by its own make, started for real."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import copier
import pytest

from scripts.pythons import usable_version
from tests.environment import present_environment

# Servers that are asked for by their usual addresses, and where else they may be.
SERVERS = {
    "mysql": os.environ.get("SERVICES_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
    "postgresql": os.environ.get("SERVICES_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
}
# What a service does in ten minutes takes a busy machine twice as long. Longer is a hang, and others wait for it.
HANGS_AFTER_SECONDS = 25 * 60
PATIENCE_SECONDS = 60
# What this run knows that a fresh terminal would not.
FOREIGN = {
    "ARGS",
    "CACHE_URL",
    "COVERAGE_PROCESS_START",
    "DATABASE_URL",
    "ENVIRONMENT",
    "JOBS_BROKER_URL",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "PYTEST_ADDOPTS",
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST_TESTRUNUID",
    "PYTEST_XDIST_WORKER",
    "PYTEST_XDIST_WORKER_COUNT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "TEST_CACHE_URL",
    "TEST_DATABASE_URL",
    "TEST_JOBS_BROKER_URL",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
}


def python(version: str) -> str:
    """The version if this machine has it, else one that it has; a line says so."""
    command = ["uv", "python", "find", "--quiet", "--no-project", "--no-python-downloads", version]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    if subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, check=False).returncode == 0:
        return version
    instead = usable_version()
    print(f"Python {version} is not installed here: tried with {instead} instead")
    return instead


def name_of(chosen: dict[str, Any]) -> str:
    """What a service is built on, in short: `flask-sqlite-3.11`."""
    return "-".join(chosen[name] for name in ("framework", "database", "python_version"))


def answers(engine: str) -> bool:
    """Whether a server is there."""
    parts = urlsplit(SERVERS[engine])
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=3):
            return True
    except OSError:
        return False


def require_server(engine: str) -> str:
    """The URL of a server that answers. Without one a pipeline fails, and a laptop skips with one line."""
    url = SERVERS[engine]
    if not answers(engine):
        unavailable(f"no {engine} server answers at {urlsplit(url).netloc}: the service on it was NOT tested")
    return url


def unavailable(problem: str) -> NoReturn:
    """Something that a test needs is not there: a pipeline fails, and a laptop skips with this line."""
    if os.environ.get("CI") == "true":
        pytest.fail(problem)
    pytest.skip(problem)


@contextmanager
def own_database(engine: str) -> Iterator[str]:
    """An empty database on the server with a name of its own, dropped at the end; yields its URL."""
    url = require_server(engine)
    parts = urlsplit(url)
    name = f"services_{uuid4().hex[:16]}"
    if engine == "mysql":
        import pymysql

        connection: Any = pymysql.connect(
            host=parts.hostname or "", port=parts.port or 3306, user=parts.username, password=parts.password or ""
        )
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}{'' if engine == 'mysql' else ' WITH (FORCE)'}")


def end(leader: subprocess.Popen[bytes], how: signal.Signals) -> bool:
    """End a process with all that it started, and wait for the last of them; False if they had to be killed.

    make and uv end before the service that they started does.
    """
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, how)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        leader.poll()
        try:
            os.killpg(leader.pid, 0)
        except ProcessLookupError:
            leader.wait()
            return True
        time.sleep(0.05)
    os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    return False


class Stage:
    """What a command of the service printed, and how it ended."""

    def __init__(self, status: int, output: str, seconds: float) -> None:
        self.status = status
        self.output = output
        self.seconds = seconds

    def tail(self, lines: int = 80) -> str:
        """The end of the output, for a message."""
        return "\n".join(self.output.splitlines()[-lines:])


class Service:
    """A rendered service. Each make target runs once; who asks again gets the first result."""

    def __init__(self, root: Path, variables: dict[str, str]) -> None:
        self.root = root
        self.report = root.parent / "tests.xml"
        self._environment = {name: value for name, value in os.environ.items() if name not in FOREIGN} | variables
        self._done: dict[str, Stage] = {}

    def make(self, target: str) -> Stage:
        """Run a target of the service's own Makefile; its tests leave a report, outside of the repository."""
        if target not in self._done:
            variables = [f"ARGS=--junit-xml={self.report}"] if target == "test" else []
            self._done[target] = self.run("make", target, *variables)
        return self._done[target]

    def run(self, *command: str, **variables: str) -> Stage:
        """Run a command and say how long it took; one that hangs is ended, and has failed."""
        started = time.monotonic()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                env={**self._environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(HANGS_AFTER_SECONDS)
            finally:
                if process.poll() is None:
                    end(process, signal.SIGTERM)
            output.seek(0)
            text = output.read().decode(errors="replace")
        seconds = time.monotonic() - started
        print(f"{self.root.name}: {' '.join(command)}: {seconds:.0f} s, status {process.returncode}")
        return Stage(process.returncode, text, seconds)

    @contextmanager
    def running(self) -> Iterator[str]:
        """`make run` on a free port; yields the base URL once the service is ready, and ends it gracefully."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        log = self.root.parent / f"{self.root.name}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            server = subprocess.Popen(
                ["make", "run"],
                cwd=self.root,
                env={**self._environment, "HOST": "127.0.0.1", "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while ask(f"{base}/health/ready")[0] != 200:
                assert server.poll() is None, f"make run ended: {log.read_text()[-3000:]}"
                assert time.monotonic() - started < PATIENCE_SECONDS, f"not ready: {log.read_text()[-3000:]}"
                time.sleep(0.2)
            print(f"{self.root.name}: make run: ready after {time.monotonic() - started:.1f} s")
            yield base
        finally:
            assert end(server, signal.SIGTERM), f"it did not end within 30 s of SIGTERM: {log.read_text()[-3000:]}"

    def uncommitted(self) -> str:
        """What git would commit."""
        return self.run("git", "status", "--porcelain").output


def ask(url: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    """GET, or POST with a body; the status and the JSON of the answer, or 0 where nobody answers."""
    status, answer, _ = exchange(url, body, **headers)
    return status, answer


def exchange(url: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any, list[str]]:
    """The same, with the cookies that the answer sets."""
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(url, data=json.dumps(body).encode() if body else None, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer), answer.headers.get_all("Set-Cookie", [])
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), []
    except OSError:
        return 0, None, []


@contextmanager
def set_up(template: Path, name: str, variables: dict[str, str], **answers: Any) -> Iterator[Service]:
    """Render with the hooks, as a user does, into a folder of its own that goes away with the service.

    Not below pytest's own folder: another pytest on this machine would shut that to the embedded PostgreSQL.
    """
    with tempfile.TemporaryDirectory(prefix="services-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / name
        started = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            for variable in FOREIGN:
                patch.delenv(variable, raising=False)
            for variable, value in variables.items():
                patch.setenv(variable, value)
            with present_environment():
                copier.run_copy(str(template), root, data=answers, defaults=True, quiet=True, unsafe=True)
        print(f"{name}: copier copy with its hooks: {time.monotonic() - started:.0f} s")
        yield Service(root, variables)
