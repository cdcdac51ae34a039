"""All that is particular to PostgreSQL. Every other module would be the same on another engine.

Migrations import their fields from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a migration uses it; add another one.
"""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import IntegrityError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunSQL
from psycopg import conninfo, sql

from ..settings import Settings
from .tables import Index

Columns = tuple[tuple[str, "models.Field[Any, Any]"], ...]

DRIVER_HAS_POOL = True
_UNIQUE_VIOLATION = "23505"
_NEWEST_VERSION = 180_000
_IDLE_SECONDS = 600
_OLDEST_SECONDS = 1800
# psycopg opens connections in the background: who waits for one counts on `most`.
_WORKERS = 1
_ASK_AFTER_SECONDS = 5


class UuidField(models.UUIDField):  # type: ignore[type-arg]  # only its stubs take types
    """An identifier, of the engine's own type."""


class BinaryTextField(models.CharField):  # type: ignore[type-arg]  # only its stubs take types
    """Text compared byte by byte, whatever the language of the database."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, db_collation="C")

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """What a migration needs to make it again: on every engine the same."""
        name, path, args, options = super().deconstruct()
        del options["db_collation"]
        return name, path, args, options


def connection_settings(url: str, settings: Settings, *, most: int) -> dict[str, Any]:
    """An entry of ``DATABASES``: no connection, statement or lock is ever waited for without end."""
    parts = conninfo.conninfo_to_dict(url)
    milliseconds = round(settings.database_statement_timeout_seconds * 1000)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            **parts,
            "connect_timeout": settings.database_connect_timeout_seconds,
            "tcp_user_timeout": milliseconds + 1000,
            # Values travel beside the statement, so that no message of the server repeats them.
            "server_side_binding": True,
            "options": (
                f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
                f" -c idle_in_transaction_session_timeout={milliseconds * 2} -c timezone=UTC"
            ),
            "pool": {
                "min_size": 0,
                "max_size": most,
                "timeout": settings.database_pool_timeout_seconds
                + settings.database_connect_timeout_seconds,
                "reconnect_timeout": 0,
                "reconnect_failed": _refuse_waiting,
                "max_idle": _IDLE_SECONDS,
                "max_lifetime": _OLDEST_SECONDS,
                "num_workers": _WORKERS,
            },
        },
    }


def _refuse_waiting(pool: Any) -> None:
    """Tell those who wait for a connection that none can be made.

    The pool would let each of them wait for its whole timeout, and hold a thread meanwhile.
    """
    with pool._lock:  # noqa: SLF001 - there is no public way to reach those who wait
        waiting = list(pool._waiting)  # noqa: SLF001
        pool._waiting.clear()  # noqa: SLF001
    for client in waiting:
        client.fail(psycopg.OperationalError("no connection can be made"))


def _still_there(connection: Any) -> None:
    """Ask a connection whether its server still answers, unless it was asked a moment ago."""
    now = time.monotonic()
    if now - getattr(connection, "asked_at", now - _ASK_AFTER_SECONDS - 1) > _ASK_AFTER_SECONDS:
        connection.execute("")
        connection.asked_at = now


def prepare(connection: Any) -> None:
    """Have the pool replace connections that died while they rested."""
    connection.pool._check = _still_there  # noqa: SLF001 - Django 5.2 takes no check of ours


def close_pool(alias: str) -> None:
    """Close the driver's pool."""
    connection = connections.create_connection(alias)
    assert isinstance(connection, DatabaseWrapper)  # noqa: S101  # nosec B101
    connection.close_pool()


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return getattr(error.__cause__, "sqlstate", None) == _UNIQUE_VIOLATION


def live_columns(column: str, max_length: int) -> Columns:  # noqa: ARG001 - the same function on every engine
    """The columns that :func:`unique_among_live` needs: none."""
    return ()


def live_indexes(table: str, column: str) -> tuple[Index, ...]:  # noqa: ARG001 - the same function on every engine
    """The indexes behind a filter on the column besides that of the rule: none."""
    return ()


def unique_among_live(table: str, column: str) -> models.UniqueConstraint:
    """A text column is unique among the rows whose ``deleted_at`` is null: a partial index."""
    return models.UniqueConstraint(
        fields=[column],
        condition=models.Q(deleted_at__isnull=True),
        name=f"uq_{table}_{column}_live",
    )


def named_primary_key(table: str) -> tuple[Operation, ...]:
    """Give the primary key that Django has just made the name of our convention."""
    rename = (
        "-- squawk-ignore renaming-object\n"  # no client calls a primary key by its name
        'ALTER TABLE "{table}" RENAME CONSTRAINT "{old}" TO "{new}"'
    )
    ours, theirs = f"pk_{table}", f"{table}_pkey"
    return (
        RunSQL(
            rename.format(table=table, old=theirs, new=ours),
            rename.format(table=table, old=ours, new=theirs),
        ),
    )


class _NoConnection:
    """Takes the place of the driver's connection: nothing is run on it."""

    adapters = psycopg.adapters
    connection = None
    autocommit = False

    def commit(self) -> None:
        """Nothing was run."""

    rollback = close = commit


class _Quoting(DatabaseOperations):
    """Puts values into statements without a server."""

    def compose_sql(self, statement: str, values: Sequence[Any]) -> str:
        """The statement with its values in it."""
        return statement % tuple(sql.quote(value) for value in values)


class _Nowhere(DatabaseWrapper):
    """Makes SQL for the newest server, and reaches none."""

    ops_class = _Quoting

    def connect(self) -> None:
        """As if there were a server."""
        self.connection = _NoConnection()
        self.pg_version = _NEWEST_VERSION
        self.autocommit = True


def without_server(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """A connection like this one that turns migrations into SQL without a server."""
    found = _Nowhere(connection.settings_dict, connection.alias)
    found.connect()
    return found


def column_types(cursor: Any, table: str) -> dict[str, str]:
    """The types of a table's columns, in the server's words."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [f'"{table}"'],
    )
    return dict(cursor.fetchall())


def type_name(declared: str) -> str:
    """A column's type as Django declares it, in the server's words."""
    return declared.replace("varchar", "character varying")
