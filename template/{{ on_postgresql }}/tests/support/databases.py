"""PostgreSQL databases of the tests' own, and what the fault tests may do to them.

`TEST_DATABASE_URL` names a server (any database on it); unset, a real PostgreSQL is started from its wheel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.support.server import PROJECT, package_name
from tests.support.wire import Wire

ENGINE = "postgresql"


@cache
def server_url() -> str:
    """The server the tests run on, as the URL of its maintenance database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    # The service's own adapter: it knows where the embedded server can live.
    embedded = import_module(f"{package_name()}.core.embedded")
    url: str = embedded.start(PROJECT / ".data" / "test")
    return url


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database with a random name; yields its URL and drops it at the end, whoever is still connected."""
    name = f"test_{uuid4().hex[:20]}"
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield with_database(server_url(), name)
    finally:
        with psycopg.connect(server_url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def locked_table(url: str, table: str) -> Iterator[None]:
    """Hold a lock that makes every read and write of the table wait until the block ends."""
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table))
        )
        yield
        connection.rollback()


def execute(url: str, statement: str) -> None:
    """Run one statement behind the service's back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def fetch(url: str, statement: str) -> list[tuple[object, ...]]:
    """What somebody else's connection sees: the rows of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        return list(connection.execute(statement.encode()).fetchall())


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


def upstream(url: str) -> tuple[str, int] | str:
    """Where the server listens: host and port, or the path of its Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or query.get("host", ["127.0.0.1"])[0]
    port = parts.port or int(query.get("port", ["5432"])[0])
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def through(url: str, port: int) -> str:
    """The same database, reached over the loopback port of a proxy."""
    parts = urlsplit(url)
    user = quote(parts.username or "postgres", safe="")
    password = f":{quote(parts.password, safe='')}" if parts.password else ""
    return f"postgresql://{user}{password}@127.0.0.1:{port}{parts.path}"
