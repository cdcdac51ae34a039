"""What the integration tests ask SQLite itself."""

import os
import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from tests.support.persistence import HISTORY
from tests.support.statements import Run

SLOW_STATEMENT = """
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 3000000)
    SELECT max(n) FROM counted
"""
READ_TIME_ZONE = "SELECT 'UTC'"

# A hand-made change of the schema, and the word that names it in a report.
ALTERATIONS = {
    "planted": "ALTER TABLE idempotency_keys ADD COLUMN planted INTEGER",
    "ix_idempotency_keys_expires_at": "DROP INDEX ix_idempotency_keys_expires_at",
    "headers": "ALTER TABLE idempotency_keys DROP COLUMN headers",
    "intruder": "CREATE TABLE intruder (id INTEGER PRIMARY KEY)",
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
        "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE true"
        " ON CONFLICT (id) DO UPDATE SET action = 'nothing'"
    ),
}


@dataclass(frozen=True)
class Plan:
    """How SQLite would run a statement.

    Attributes:
        scanned: tables that are read from end to end.
        sorted_rows: how many rows are sorted. SQLite does not know: one if a unique index finds
            them, else a million.
        text: the whole plan, for messages.
    """

    scanned: tuple[str, ...]
    sorted_rows: int
    text: str


def describe_server() -> str:
    """The engine that the tests run on."""
    place = "the folder of TEST_DATABASE_URL" if "TEST_DATABASE_URL" in os.environ else "a file"
    return f"SQLite {sqlite3.sqlite_version} in {place}"


def plan_of(run: Run, statement: str, parameters: Any) -> Plan:
    """Ask SQLite how it would run a statement."""
    steps = [str(row["detail"]) for row in run(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    found = 1 if any("USING INDEX uq_" in step for step in steps) else 1_000_000
    return Plan(
        scanned=tuple(
            step.split()[1] for step in steps if re.fullmatch(r"SCAN \w+", step) is not None
        ),
        sorted_rows=found if any("TEMP B-TREE FOR ORDER BY" in step for step in steps) else 0,
        text="\n".join(steps),
    )


def refresh_statistics(run: Run) -> None:
    """Nothing: SQLite keeps none unless it is asked to, and in production nobody asks."""


def schema_of(run: Run) -> list[str]:
    """Everything SQLite knows of the tables: the statements that made them and their indexes."""
    rows = run("SELECT name, sql FROM sqlite_master ORDER BY name")
    # Its own table counts the numbers that others have given out.
    return [
        str(tuple(row.values()))
        for row in rows
        if HISTORY not in str(row) and row["name"] != "sqlite_sequence"
    ]


def leading_columns(run: Run, table: str) -> set[str]:
    """The columns that an index of a table begins with."""
    rows = run(
        f"SELECT info.name AS first FROM pragma_index_list('{table}') AS list,"
        " pragma_index_info(list.name) AS info WHERE info.seqno = 0"
    )
    return {str(row["first"]) for row in rows}


def foreign_keys(run: Run) -> list[tuple[str, str, str]]:
    """Every foreign key: its table, its column, and what a deletion does."""
    rows = run(
        'SELECT master.name AS source, key."from" AS source_column, key.on_delete AS rule'
        " FROM sqlite_master AS master, pragma_foreign_key_list(master.name) AS key"
        " WHERE master.type = 'table'"
    )
    return [(row["source"], row["source_column"], row["rule"]) for row in rows]
