"""What the scripts need to know about SQLite: backups of a file that may be in use."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

DUMP_SUFFIX = ".sqlite3"


class EngineError(Exception):
    """The database refused. The message says why."""


def _path(url: str) -> Path:
    """`sqlite:///relative.sqlite3` or `sqlite:////absolute.sqlite3`."""
    return Path(unquote(urlsplit(url).path).removeprefix("/"))


def _copy(source: Path, target: Path) -> None:
    """SQLite's online backup: consistent also while others read and write."""
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)


def dump(url: str, target: Path) -> None:
    """Write the whole database into `target`, as it is at one moment."""
    source = _path(url)
    if not source.is_file():
        raise EngineError(f"there is no database at {source}; `make migrate` makes one")
    _copy(source, target)
    # One file, without a log beside it that could be forgotten.
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")


def verify(url: str, source: Path) -> None:  # noqa: ARG001 - the same form for every engine
    """Read every page of the backup; a shortened or damaged one raises EngineError."""
    if source.stat().st_size == 0:
        raise EngineError("the backup is empty")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise EngineError(f"the backup cannot be read: {error}") from error
    if found != ["ok"]:
        raise EngineError(f"the backup is damaged: {found[0]}")
    if orphans:
        raise EngineError(f"the backup has {len(orphans)} rows that point at nothing")


def restore(url: str, source: Path) -> None:
    """Replace the database by the backup, in one step for everybody who has it open."""
    target = _path(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target)


def row_counts(url: str) -> dict[str, int]:
    """Rows of each table."""
    with closing(sqlite3.connect(_path(url))) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        counts = {}
        for (table,) in tables:
            quoted = '"' + table.replace('"', '""') + '"'
            query = f"SELECT count(*) FROM {quoted}"  # noqa: S608  # nosec B608
            counts[table] = int(connection.execute(query).fetchone()[0])
        return counts


def lint_sql(statements: str) -> list[str]:  # noqa: ARG001 - the same form for every engine
    """Nothing: one writer at a time, so no statement can block another service."""
    return []
