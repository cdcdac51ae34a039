"""SQLite databases of the tests' own, and what the fault tests may do to them.

`TEST_DATABASE_URL` may name a file whose folder is used; unset, a temporary folder is.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ENGINE = "sqlite"


def file_of(url: str) -> Path:
    """The file behind a `sqlite:///` URL."""
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database in a folder of its own; yields its URL and removes the folder at the end."""
    given = os.environ.get("TEST_DATABASE_URL")
    parent = file_of(given).resolve().parent if given else None
    with tempfile.TemporaryDirectory(prefix="service-test-", dir=parent) as folder:
        yield f"sqlite:///{folder}/database.sqlite3"


@contextmanager
def locked_table(url: str, table: str) -> Iterator[None]:
    """Hold the file's exclusive lock: writers wait until the block ends. SQLite has no lock of one table."""
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        yield
        connection.execute("ROLLBACK")


def execute(url: str, statement: str) -> None:
    """Run one statement behind the service's back."""
    with closing(sqlite3.connect(file_of(url), timeout=5)) as connection:
        connection.execute(statement)
        connection.commit()


def fetch(url: str, statement: str) -> list[tuple[object, ...]]:
    """What somebody else's connection sees: the rows of a query."""
    with closing(sqlite3.connect(file_of(url), timeout=5)) as connection:
        return list(connection.execute(statement).fetchall())


class Outage:
    """Takes the database away from a service that has it at `url`, and gives it back.

    A service that is not running yet finds no folder. A running one finds the file locked: it can still
    read, which SQLite's write-ahead log allows, but cannot write.
    """

    stops_reads = False

    def __init__(self, url: str) -> None:
        self.url = url
        self._folder = file_of(url).parent
        self._hidden = self._folder.with_name(f"{self._folder.name}-hidden")
        self._lock: sqlite3.Connection | None = None

    def begin(self, *, running: bool) -> None:
        """Lock the file of a running service; hide the folder from one that is yet to start."""
        if not running:
            self._folder.rename(self._hidden)
            return
        self._lock = sqlite3.connect(
            file_of(self.url), isolation_level=None, check_same_thread=False
        )
        self._lock.execute("BEGIN EXCLUSIVE")

    def hang(self) -> None:
        """A file has no network in between; a lock is the nearest thing."""
        self.begin(running=True)

    def end(self) -> None:
        """The file is there, and free, again."""
        if self._hidden.exists():
            self._hidden.rename(self._folder)
        if self._lock is not None:
            self._lock.execute("ROLLBACK")
            self._lock.close()
            self._lock = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.end()
