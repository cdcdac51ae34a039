"""MySQL or MariaDB databases of the tests' own, and what the fault tests may do to them.

`TEST_DATABASE_URL` names a server (any database on it). There is no embedded MySQL, so it must be set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import uuid4

import pymysql

from tests.support.wire import Wire

ENGINE = "mysql"


@cache
def server_url() -> str:
    """The server the tests run on, as the URL of one of its databases.

    Raises:
        RuntimeError: `TEST_DATABASE_URL` is unset.

    """
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        raise RuntimeError(
            "these tests need a MySQL or MariaDB server: run `make services`, then set TEST_DATABASE_URL, "
            "for example mysql://root@127.0.0.1:3306/mysql"
        )
    return given


def connect(url: str) -> pymysql.Connection[Any]:
    """A connection that commits every statement by itself."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/") or None,
        autocommit=True,
    )


def execute(url: str, statement: str) -> None:
    """Run one statement behind the service's back."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def fetch(url: str, statement: str) -> list[tuple[object, ...]]:
    """What somebody else's connection sees: the rows of a query."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database with a random name; yields its URL and drops it at the end."""
    name = f"test_{uuid4().hex[:20]}"
    execute(server_url(), f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    try:
        yield with_database(server_url(), name)
    finally:
        execute(server_url(), f"DROP DATABASE IF EXISTS `{name}`")


@contextmanager
def locked_table(url: str, table: str) -> Iterator[None]:
    """Hold a lock that makes every read and write of the table wait until the block ends."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLES `{table}` WRITE")
        yield
        cursor.execute("UNLOCK TABLES")


class Outage:
    """Takes the database away from a service that reaches it over `url`, and gives it back."""

    stops_reads = True

    def __init__(self, url: str) -> None:
        self._wire = Wire(upstream(url))
        self.url = through(url, self._wire.port)

    def begin(self, *, running: bool) -> None:
        """The server is gone: connections end, new ones are refused."""
        self._wire.cut()

    def hang(self) -> None:
        """The server is there and silent."""
        self._wire.freeze()

    def end(self) -> None:
        """The server is back."""
        self._wire.mend()

    def close(self) -> None:
        """Leave nothing behind."""
        self._wire.cut()


def upstream(url: str) -> tuple[str, int]:
    """Where the server listens: host and port."""
    parts = urlsplit(url)
    return (parts.hostname or "127.0.0.1", parts.port or 3306)


def through(url: str, port: int) -> str:
    """The same database, reached over the loopback port of a proxy."""
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0] or "root"
    return urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
