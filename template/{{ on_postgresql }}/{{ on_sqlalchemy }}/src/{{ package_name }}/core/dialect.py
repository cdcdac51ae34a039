"""All that is particular to PostgreSQL. Every other module would be the same on another engine.

Revisions import their types from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a revision uses it; add another one.
"""

from typing import Any

from sqlalchemy import TIMESTAMP, Engine, Index, String, Uuid, text
from sqlalchemy import Text as LongText
from sqlalchemy.dialects.postgresql import Insert, insert
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

_UNIQUE_VIOLATION = "23505"


class UtcTimestamp(TIMESTAMP):
    """A moment, to the microsecond; aware, in UTC."""

    def __init__(self) -> None:
        super().__init__(timezone=True)


class BinaryText(String):
    """Text compared byte by byte, whatever the language of the database."""

    def __init__(self, length: int) -> None:
        super().__init__(length, collation="C")


def with_driver(url: str) -> URL:
    """The URL with the driver that this service uses: psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def engine_options(
    *, connect_timeout_seconds: int, statement_timeout_seconds: float
) -> dict[str, Any]:
    """Arguments for the engine: no connection, statement or lock is ever waited for without end."""
    milliseconds = round(statement_timeout_seconds * 1000)
    return {
        "connect_args": {
            "connect_timeout": connect_timeout_seconds,
            "tcp_user_timeout": milliseconds + 1000,
            "options": (
                f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
                f" -c idle_in_transaction_session_timeout={milliseconds * 2} -c timezone=UTC"
            ),
        }
    }


def prepare(engine: Engine) -> None:
    """Nothing to set up: the server does it all."""


def reader(engine: Engine) -> Engine:
    """The engine for queries: without the round trips that begin and end a transaction."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def insert_or_skip(table: Any) -> Insert:
    """An insert that does nothing where the key exists, once its writer has committed."""
    return insert(table).on_conflict_do_nothing()


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION


def unique_among_live(table: str, column: str, length: int) -> tuple[SchemaItem, ...]:  # noqa: ARG001
    """A text column is unique among the rows whose ``deleted_at`` is null: a partial index."""
    return (
        Index(
            f"uq_{table}_{column}_live",
            column,
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )
