"""What the integration tests ask MySQL or MariaDB itself."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pymysql

from tests.support.databases import connect, server_url
from tests.support.persistence import HISTORY
from tests.support.statements import Run

SLOW_STATEMENT = "SELECT SLEEP(0.15)"
READ_TIME_ZONE = "SELECT @@session.time_zone"

# A hand-made change of the schema, and the word that names it in a report.
ALTERATIONS = {
    "planted": "ALTER TABLE idempotency_keys ADD COLUMN planted INTEGER",
    "ix_idempotency_keys_expires_at": (
        "DROP INDEX ix_idempotency_keys_expires_at ON idempotency_keys"
    ),
    "status": "ALTER TABLE idempotency_keys MODIFY COLUMN status BIGINT",
    "headers": "ALTER TABLE idempotency_keys MODIFY COLUMN headers TEXT NOT NULL",
}

# What somebody might try who wants another past. The newest entry is one of a purge.
TAMPERING = {
    "update": "UPDATE audit_entries SET action = 'nothing'",
    "update of nothing": "UPDATE audit_entries SET action = action",
    "delete": "DELETE FROM audit_entries",
    "delete one": "DELETE FROM audit_entries WHERE purged_before IS NULL",
    "delete the purge": "DELETE FROM audit_entries WHERE purged_before IS NOT NULL",
    "replace": "REPLACE INTO audit_entries SELECT * FROM audit_entries",
    "upsert": (
        "INSERT INTO audit_entries SELECT * FROM audit_entries"
        " ON DUPLICATE KEY UPDATE action = 'nothing'"
    ),
}


@dataclass(frozen=True)
class Plan:
    """How the server would run a statement.

    Attributes:
        scanned: tables that are read from end to end.
        sorted_rows: how many rows are sorted, by the server's estimate.
        text: the whole plan, for messages.
    """

    scanned: tuple[str, ...]
    sorted_rows: int
    text: str


def describe_server() -> str:
    """The server that the tests run on.

    Raises:
        RuntimeError: none is named, or it does not answer.
    """
    try:
        with connect(server_url()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            version = str((cursor.fetchone() or ("unknown",))[0])
    except pymysql.err.OperationalError as error:
        reason = error.args[-1]
        raise RuntimeError(f"the database of the tests does not answer: {reason}") from error
    kind = "MariaDB" if "MariaDB" in version else "MySQL"
    return f"{kind} {version} at {urlsplit(os.environ['TEST_DATABASE_URL']).hostname}"


def plan_of(run: Run, statement: str, parameters: Any) -> Plan:
    """Ask the server how it would run a statement."""
    steps = run(f"EXPLAIN {statement}", parameters)
    return Plan(
        scanned=tuple(str(step["table"]) for step in steps if step["type"] == "ALL"),
        sorted_rows=max(
            (int(step["rows"]) for step in steps if "filesort" in str(step["Extra"])), default=0
        ),
        text="\n".join(str(step) for step in steps),
    )


def refresh_statistics(run: Run) -> None:
    """What the server does by itself after a while."""
    for table in _tables(run):
        run(f"ANALYZE TABLE `{table}`")


def schema_of(run: Run) -> list[str]:
    """Everything the server knows of the tables: columns, indexes, constraints, triggers."""
    tables = [
        str(run(f"SHOW CREATE TABLE `{table}`")[0]["Create Table"])
        for table in _tables(run)
        if table != HISTORY
    ]
    triggers = [f"{row['Trigger']}: {row['Statement']}" for row in run("SHOW TRIGGERS")]
    return tables + sorted(triggers)


def leading_columns(run: Run, table: str) -> set[str]:
    """The columns that an index of a table begins with."""
    rows = run(f"SHOW INDEX FROM `{table}`")
    return {str(row["Column_name"]) for row in rows if row["Seq_in_index"] == 1}


def foreign_keys(run: Run) -> list[tuple[str, str, str]]:
    """Every foreign key: its table, its column, and what a deletion does."""
    rows = run(
        "SELECT used.table_name AS source, used.column_name AS source_column, delete_rule AS rule"
        " FROM information_schema.referential_constraints AS found"
        " JOIN information_schema.key_column_usage AS used"
        " USING (constraint_schema, constraint_name)"
        " WHERE constraint_schema = DATABASE()"
    )
    return [(row["source"], row["source_column"], row["rule"]) for row in rows]


def _tables(run: Run) -> list[str]:
    return sorted(str(name) for row in run("SHOW TABLES") for name in row.values())
