"""All that is particular to MySQL and MariaDB. Every other module would be the same on another engine.

Revisions import their types from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a revision uses it; add another one.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Computed, Dialect, Engine, Index, String, TypeDecorator
from sqlalchemy.dialects.mysql import BINARY, DATETIME, LONGTEXT, Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import SchemaItem

from .driver_tls import tls_arguments, without_tls

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

_DUPLICATE_ENTRY = 1062


class Uuid(TypeDecorator[UUID]):
    """An identifier as its 16 bytes: half the size of its text, and sorted by time as version 7 is."""

    impl = BINARY(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> UUID | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else UUID(bytes=value)


class UtcTimestamp(TypeDecorator[datetime]):
    """A moment, to the microsecond; aware, in UTC. The column itself knows no time zone."""

    impl = DATETIME(fsp=6)
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
    """Text compared byte by byte, whatever the language of the database."""

    def __init__(self, length: int) -> None:
        super().__init__(length, collation="utf8mb4_bin")


class LongText(LONGTEXT):
    """Text without a bound: ``TEXT`` ends at 64 kB, and an answer may be longer."""


def with_driver(url: str) -> URL:
    """The URL with the driver that this service uses: PyMySQL, with the whole of Unicode.

    Raises:
        ConfigurationError: its parameters about TLS ask for something that would not be done.
    """
    found = make_url(url)
    given = {name: values[-1] for name, values in found.normalized_query.items()}
    # SQLAlchemy gathers what begins with ``ssl_`` into one argument, and reads "False" as false.
    tls = {f"ssl_{name}": str(value) for name, value in tls_arguments(given).items()}
    query = {**without_tls(given), **tls, "charset": "utf8mb4"}
    return found.set(drivername="mysql+pymysql", query=query)


def engine_options(
    *, connect_timeout_seconds: int, statement_timeout_seconds: float
) -> dict[str, Any]:
    """Arguments for the engine: no connection, statement or lock is ever waited for without end.

    The server's own limits on statements differ between MySQL and MariaDB, so the driver ends the wait.
    """
    seconds = max(1, round(statement_timeout_seconds))
    return {
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "connect_timeout": connect_timeout_seconds,
            "read_timeout": seconds + 1,
            "write_timeout": seconds + 1,
            "init_command": f"SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = {seconds}",
        },
    }


def prepare(engine: Engine) -> None:
    """Nothing to set up: the server does it all."""


def reader(engine: Engine) -> Engine:
    """The engine for queries."""
    return engine


def insert_or_skip(table: Any) -> Insert:
    """An insert that does nothing where the key exists, once its writer has committed."""
    return insert(table).prefix_with("IGNORE")


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return bool(error.orig and error.orig.args and error.orig.args[0] == _DUPLICATE_ENTRY)


def unique_among_live(table: str, column: str, length: int) -> tuple[SchemaItem, ...]:
    """A text column is unique among the rows whose ``deleted_at`` is null.

    There are no partial indexes here; a generated column that is null in deleted rows does the same.
    """
    live = f"live_{column}"
    return (
        Column(
            live,
            BinaryText(length),
            Computed(f"CASE WHEN deleted_at IS NULL THEN {column} END", persisted=True),
            comment=f"{column} of a live row, null in a deleted one: keeps it unique among live rows",
        ),
        Index(f"uq_{table}_{column}_live", live, unique=True),
        Index(f"ix_{table}_{column}", column),
    )
