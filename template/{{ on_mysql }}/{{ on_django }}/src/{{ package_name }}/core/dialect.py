"""All that is particular to MySQL and MariaDB. Every other module would be the same on another engine.

Migrations import their fields from here, so the history of the schema is the same on every engine too:
do not change what a helper means once a migration uses it; add another one.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import django
import pymysql
from django.db import IntegrityError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.models import Case, F, When
from pymysql import converters

from ..settings import Settings
from .driver_tls import tls_arguments, without_tls
from .tables import Index

# Django's backend imports mysqlclient; this driver takes its place, and needs no compiler to install.
pymysql.install_as_MySQLdb()

Columns = tuple[tuple[str, "models.Field[Any, Any]"], ...]

DRIVER_HAS_POOL = False
_DUPLICATE_ENTRY = 1062


class UuidField(models.UUIDField):  # type: ignore[type-arg]  # only its stubs take types
    """An identifier as its 16 bytes: half the size of its text, and sorted by time as version 7 is."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002
        """The column's type."""
        return "binary(16)"

    def get_internal_type(self) -> str:
        """The kind of column, by which Django chooses how values are read: as they are."""
        return "BinaryField"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type of a column that points at it."""
        return self.db_type(connection)

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,  # noqa: ARG002
        prepared: bool = False,  # noqa: ARG002
    ) -> bytes | None:
        """To the database."""
        found = self.to_python(value)
        return None if found is None else found.bytes

    def from_db_value(self, value: bytes | None, *_: Any) -> UUID | None:
        """From the database."""
        return None if value is None else UUID(bytes=value)


class BinaryTextField(models.CharField):  # type: ignore[type-arg]  # only its stubs take types
    """Text compared byte by byte, whatever the language of the database."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, db_collation="utf8mb4_bin")

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """What a migration needs to make it again: on every engine the same."""
        name, path, args, options = super().deconstruct()
        del options["db_collation"]
        return name, path, args, options


def connection_settings(
    url: str,
    settings: Settings,
    *,
    most: int,  # noqa: ARG001 - core/database.py keeps to it
) -> dict[str, Any]:
    """An entry of ``DATABASES``: no connection, statement or lock is ever waited for without end.

    The server's own limits on statements differ between MySQL and MariaDB, so the driver ends the wait.

    Raises:
        ConfigurationError: the URL's parameters about TLS ask for something that would not be done.
    """
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    tls = tls_arguments(given)
    seconds = max(1, round(settings.database_statement_timeout_seconds))
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        # Persistent: core/database.py lends them out, and asks after a rest whether they are alive.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **without_tls(given),
            **({"ssl": tls} if tls else {}),
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "connect_timeout": settings.database_connect_timeout_seconds,
            "read_timeout": seconds + 1,
            "write_timeout": seconds + 1,
            "init_command": f"SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = {seconds}",
        },
    }


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Nothing to set up: the server does it all."""


def close_pool(alias: str) -> None:
    """Nothing to close: the driver has no pool."""


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a write was refused because the value exists already."""
    return bool(error.args and error.args[0] == _DUPLICATE_ENTRY)


def live_columns(column: str, max_length: int) -> Columns:
    """The column that :func:`unique_among_live` needs: there are no partial indexes here.

    It is null in deleted rows, and null is equal to nothing.
    """
    text = f"{column} of a live row, null in a deleted one: keeps it unique among live rows"
    # Django 5 writes a comment before the expression, where no server takes it.
    described: dict[str, Any] = {"help_text" if django.VERSION < (6,) else "db_comment": text}
    live = models.GeneratedField(
        expression=Case(When(deleted_at__isnull=True, then=F(column))),
        output_field=BinaryTextField(max_length=max_length, null=True),
        db_persist=True,
        **described,
    )
    return ((f"live_{column}", live),)


def live_indexes(table: str, column: str) -> tuple[Index, ...]:
    """The index behind a filter on the column: that of the rule has another column."""
    return (Index(fields=[column], name=f"ix_{table}_{column}"),)


def unique_among_live(table: str, column: str) -> models.UniqueConstraint:
    """A text column is unique among the rows whose ``deleted_at`` is null."""
    return models.UniqueConstraint(fields=[f"live_{column}"], name=f"uq_{table}_{column}_live")


def named_primary_key(table: str) -> tuple[Operation, ...]:  # noqa: ARG001 - the same function on every engine
    """Nothing: a primary key has no name of its own here."""
    return ()


class _NoConnection:
    """What a connection to nowhere has in place of the driver's: it runs nothing, and finds nothing."""

    encoders = converters.encoders

    def escape(self, value: object, encoders: Any) -> Any:
        """A value as it stands in a statement."""
        return converters.escape_item(value, "utf8mb4", encoders)

    def cursor(self) -> "_NoConnection":
        """Itself."""
        return self

    def autocommit(self, on: bool) -> None:
        """Nothing is run, so nothing is committed."""

    def execute(self, statement: str, parameters: Any = None) -> None:
        """Nothing is run."""

    def fetchone(self) -> None:
        """Nothing was found."""

    def close(self) -> None:
        """Nothing was opened."""


def without_server(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """The connection, made to turn migrations into SQL without a server: as MySQL 8.4 would have it."""
    connection.mysql_server_data = {  # type: ignore[attr-defined]
        "version": "8.4.0",
        "sql_mode": "STRICT_TRANS_TABLES",
        "default_storage_engine": "InnoDB",
        "sql_auto_is_null": False,
        "lower_case_table_names": 0,
        "has_zoneinfo_database": False,
    }
    connection.connection = _NoConnection()
    return connection


def column_types(cursor: Any, table: str) -> dict[str, str]:
    """The types of a table's columns, in the server's words. Servers differ in the widths of numbers."""
    cursor.execute(
        "SELECT column_name, column_type FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = %s",
        [table],
    )
    return {name: re.sub(r"int\(\d+\)", "int", found) for name, found in cursor.fetchall()}


def type_name(declared: str) -> str:
    """A column's type as Django declares it, in the server's words."""
    words = {"integer": "int", "bool": "tinyint", " AUTO_INCREMENT": "", "UNSIGNED": "unsigned"}
    for said, meant in words.items():
        declared = declared.replace(said, meant)
    return declared
