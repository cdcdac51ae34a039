"""What the integration tests ask PostgreSQL itself."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.support.databases import server_url
from tests.support.persistence import HISTORY
from tests.support.statements import Run

SLOW_STATEMENT = "SELECT pg_sleep(0.15)"
READ_TIME_ZONE = "SHOW timezone"

# A hand-made change of the schema, and the word that names it in a report.
ALTERATIONS = {
    "planted": "ALTER TABLE idempotency_keys ADD COLUMN planted INTEGER",
    "ix_idempotency_keys_expires_at": "DROP INDEX ix_idempotency_keys_expires_at",
    "status": "ALTER TABLE idempotency_keys ALTER COLUMN status TYPE BIGINT",
    "fingerprint": "ALTER TABLE idempotency_keys ALTER COLUMN fingerprint DROP NOT NULL",
}

# What somebody might try who wants another past. The newest entry is one of a purge.
TAMPERING = {
    "update": "UPDATE audit_entries SET action = 'nothing'",
    "update of nothing": "UPDATE audit_entries SET action = action",
    "delete": "DELETE FROM audit_entries",
    "delete one": "DELETE FROM audit_entries WHERE purged_before IS NULL",
    "delete the purge": "DELETE FROM audit_entries WHERE purged_before IS NOT NULL",
    "truncate": "TRUNCATE audit_entries",
    "upsert": (
        "INSERT INTO audit_entries SELECT * FROM audit_entries"
        " ON CONFLICT (id) DO UPDATE SET action = 'nothing'"
    ),
}

_COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, character_maximum_length, is_nullable,
           column_default, collation_name, is_generated
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
_TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
_FUNCTIONS = """
    SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' ORDER BY 1
"""


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
        RuntimeError: the embedded one does not start, or the one that is named does not answer.
    """
    try:
        with psycopg.connect(server_url(), connect_timeout=5) as connection:
            version = connection.info.parameter_status("server_version")
    except psycopg.OperationalError as error:
        raise RuntimeError(f"the database of the tests does not answer: {error}") from error
    if "TEST_DATABASE_URL" in os.environ:
        return f"PostgreSQL {version} at {urlsplit(server_url()).hostname or 'a socket'}"
    return f"PostgreSQL {version}, embedded (TEST_DATABASE_URL names another)"


def plan_of(run: Run, statement: str, parameters: Any) -> Plan:
    """Ask the server how it would run a statement."""
    (answer,) = run(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    # Who reads the rows may have read their JSON too.
    found = answer["QUERY PLAN"]
    tree = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    nodes = list(_nodes(tree))
    return Plan(
        scanned=tuple(
            node["Relation Name"] for node in nodes if node["Node Type"].endswith("Seq Scan")
        ),
        sorted_rows=max(
            (below["Plan Rows"] for node in nodes for below in _sorted_below(node)), default=0
        ),
        text=str(tree),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)


def _sorted_below(node: dict[str, Any]) -> list[dict[str, Any]]:
    return node.get("Plans", []) if node["Node Type"] == "Sort" else []


def refresh_statistics(run: Run) -> None:
    """What the server does by itself after a while."""
    run("ANALYZE")


def schema_of(run: Run) -> list[str]:
    """Everything the server knows of the tables: columns, indexes, constraints, triggers."""
    return [
        str(tuple(row.values()))
        for query in (_COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS, _FUNCTIONS)
        for row in run(query)
        if HISTORY not in str(row)
    ]


def leading_columns(run: Run, table: str) -> set[str]:
    """The columns that an index of a table begins with."""
    rows = run(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        f" AND attnum = indkey[0] WHERE indrelid = '{table}'::regclass"
    )
    return {str(row["attname"]) for row in rows}


def foreign_keys(run: Run) -> list[tuple[str, str, str]]:
    """Every foreign key: its table, its column, and what a deletion does."""
    rows = run(
        "SELECT conrelid::regclass::text AS source, attname, confdeltype::text FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'"
    )
    rules = {"c": "CASCADE", "r": "RESTRICT", "a": "NO ACTION", "n": "SET NULL"}
    return [(row["source"], row["attname"], rules[row["confdeltype"]]) for row in rows]
