"""All that is particular to SQLite. Every other module would be the same on another engine.

Migrations import their fields from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a migration uses it; add another one.
"""

import sqlite3
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.db import IntegrityError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation

from ..settings import Settings
from .tables import Index

Columns = tuple[tuple[str, "models.Field[Any, Any]"], ...]

DRIVER_HAS_POOL = False
_LEAST_PARAMETERS = 32_766  # of a statement, since SQLite 3.32


class UuidField(models.UUIDField):  # type: ignore[type-arg]  # only its stubs take types
    """An identifier, as text."""


class BinaryTextField(models.CharField):  # type: ignore[type-arg]  # only its stubs take types
    """Text compared byte by byte, which is what SQLite does anyway."""


def connection_settings(
    url: str,
    settings: Settings,
    *,
    most: int,  # noqa: ARG001 - core/database.py keeps to it
) -> dict[str, Any]:
    """An entry of ``DATABASES``: the one thing to wait for is another writer, and never without end."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(urlsplit(url).path).removeprefix("/"),
        # Persistent: core/database.py lends them out.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": settings.database_statement_timeout_seconds,
            # A writer takes its lock at the start. Taken at the first write instead, it would fail at once
            # where another writer had come between, however long the timeout.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        },
    }


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Let a statement have as many parameters as SQLite takes: Django 5 does not ask, and splits it at 999."""
    if django.VERSION < (6,):
        connection.features.max_query_params = _LEAST_PARAMETERS


def close_pool(alias: str) -> None:
    """Nothing to close: the driver has no pool."""


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return isinstance(error.__cause__, sqlite3.IntegrityError) and (
        error.__cause__.sqlite_errorname
        in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
    )


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


def named_primary_key(table: str) -> tuple[Operation, ...]:  # noqa: ARG001 - the same function on every engine
    """Nothing: a primary key has no name of its own here."""
    return ()


def without_server(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """The connection, made to turn migrations into SQL without a database: in memory."""
    connection.settings_dict["NAME"] = ":memory:"
    return connection


def column_types(cursor: Any, table: str) -> dict[str, str]:
    """The types of a table's columns, as they were declared."""
    cursor.execute("SELECT name, lower(type) FROM pragma_table_xinfo(%s)", [table])
    return dict(cursor.fetchall())


def type_name(declared: str) -> str:
    """A column's type as Django declares it, in the words of :func:`column_types`."""
    return declared.removesuffix(" AUTOINCREMENT").lower()
