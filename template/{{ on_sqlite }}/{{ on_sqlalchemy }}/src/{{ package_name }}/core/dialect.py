"""All that is particular to SQLite. Every other module would be the same on another engine.

Revisions import their types from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a revision uses it; add another one.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Index,
    String,
    TypeDecorator,
    Uuid,
    event,
    text,
)
from sqlalchemy import Text as LongText
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import SchemaItem

__all__ = [
    "BinaryText",
    "LongText",
    "UtcTimestamp",
    "Uuid",
    "engine_options",
    "insert_or_skip",
    "is_unique_violation",
    "prepare",
    "reader",
    "unique_among_live",
    "with_driver",
]


class UtcTimestamp(TypeDecorator[datetime]):
    """A moment, to the microsecond; aware, in UTC. The column itself knows no time zone."""

    impl = DateTime()
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database; a naive time is an error of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored: give it a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC)


class BinaryText(String):
    """Text compared byte by byte, which is what SQLite does anyway."""

    def __init__(self, length: int) -> None:
        super().__init__(length)


def with_driver(url: str) -> URL:
    """The URL with the driver that this service uses: Python's own."""
    return make_url(url).set(drivername="sqlite+pysqlite")


def engine_options(
    *,
    connect_timeout_seconds: int,  # noqa: ARG001 - opening a file waits for nobody
    statement_timeout_seconds: float,
) -> dict[str, Any]:
    """Arguments for the engine: the one thing to wait for is another writer, and never without end."""
    return {"connect_args": {"timeout": statement_timeout_seconds, "check_same_thread": False}}


def prepare(engine: Engine) -> None:
    """Make every connection durable, checked and friendly to others; make writers queue up early."""

    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    def begun(connection: Connection) -> None:
        # A writer takes its lock at the start. Taken at the first write instead, it would fail at once
        # where another writer had come between, however long the busy timeout.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def reader(engine: Engine) -> Engine:
    """The engine for queries: they never wait for a writer."""
    return engine.execution_options(reading=True)


def insert_or_skip(table: Any) -> Insert:
    """An insert that does nothing where the key exists."""
    return insert(table).on_conflict_do_nothing()


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return getattr(error.orig, "sqlite_errorname", None) in {
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
    }


def unique_among_live(table: str, column: str, length: int) -> tuple[SchemaItem, ...]:  # noqa: ARG001
    """A text column is unique among the rows whose ``deleted_at`` is null: a partial index."""
    return (
        Index(
            f"uq_{table}_{column}_live",
            column,
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
        ),
    )
