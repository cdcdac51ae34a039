"""What the scripts need to know about MySQL and MariaDB: dumps."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import pymysql

DUMP_SUFFIX = ".sql"
LAST_LINE = b"-- Dump completed"


class EngineError(Exception):
    """The database or one of its tools refused. The message says which and why."""


def _parts(url: str) -> dict[str, Any]:
    split = urlsplit(url)
    return {
        "host": split.hostname or "127.0.0.1",
        "port": split.port or 3306,
        "user": unquote(split.username or "root"),
        "password": unquote(split.password or ""),
        "database": unquote(split.path.removeprefix("/")),
    }


@contextmanager
def _connection(url: str) -> Iterator[Any]:
    try:
        connection = pymysql.connect(**_parts(url), charset="utf8mb4", autocommit=True)
    except pymysql.err.OperationalError as error:
        raise EngineError(str(error)) from error
    try:
        yield connection
    finally:
        connection.close()


def _tools(url: str) -> tuple[str, str]:
    """The dump tool and the client that belong to the server: MySQL's and MariaDB's differ."""
    with _connection(url) as connection:
        is_mariadb = "mariadb" in connection.get_server_info().lower()
    pairs = [("mariadb-dump", "mariadb"), ("mysqldump", "mysql")]
    for dump_name, client_name in pairs if is_mariadb else reversed(pairs):
        dump_tool, client = shutil.which(dump_name), shutil.which(client_name)
        if dump_tool and client:
            return dump_tool, client
    package = "mariadb-client" if is_mariadb else "mysql-client"
    raise EngineError(f"There is no dump tool on the PATH. Install {package}.")


@contextmanager
def _options_file(url: str) -> Iterator[str]:
    """A private file with the address and password: they stay out of the process list."""
    parts = _parts(url)
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as file:
        password = str(parts["password"]).replace("\\", "\\\\").replace('"', '\\"')
        file.write("[client]\n")
        file.write(f"host={parts['host']}\nport={parts['port']}\nuser={parts['user']}\n")
        file.write(f'password="{password}"\nprotocol=tcp\n')
        file.flush()
        yield file.name


def _run(
    command: list[str], *, read: IO[bytes] | None = None, write: IO[bytes] | None = None
) -> None:
    finished = subprocess.run(
        command, stdin=read, stdout=write, stderr=subprocess.PIPE, check=False
    )
    if finished.returncode != 0:
        name, said = Path(command[0]).name, finished.stderr.decode(errors="replace").strip()
        raise EngineError(f"{name} ended with {finished.returncode}: {said}")


def dump(url: str, target: Path) -> None:
    """Write the whole database into `target`, as it is at one moment."""
    tool, _client = _tools(url)
    with _options_file(url) as options, target.open("wb") as file:
        _run(
            [
                tool,
                f"--defaults-extra-file={options}",
                "--single-transaction",
                "--hex-blob",
                "--routines",
                "--triggers",
                "--no-tablespaces",
                "--default-character-set=utf8mb4",
                _parts(url)["database"],
            ],
            write=file,
        )


def verify(url: str, source: Path) -> None:  # noqa: ARG001 - the same form for every engine
    """Check that the dump has its last line; a shortened one raises EngineError."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - 200))
        tail = file.read()
    if LAST_LINE not in tail:
        raise EngineError("the dump stops before its end: its last line is missing")


def restore(url: str, source: Path) -> None:
    """Replace all tables by those of the dump. MySQL cannot undo this half-way: verify first."""
    _tool, client = _tools(url)
    with _connection(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in _tables(cursor):
            cursor.execute(f"DROP TABLE {_quoted(table)}")
    with _options_file(url) as options, source.open("rb") as file:
        database = _parts(url)["database"]
        _run(
            [
                client,
                f"--defaults-extra-file={options}",
                "--default-character-set=utf8mb4",
                "--binary-mode",
                database,
            ],
            read=file,
        )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _tables(cursor: Any) -> list[str]:
    cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    return sorted(row[0] for row in cursor.fetchall())


def row_counts(url: str) -> dict[str, int]:
    """Rows of each table."""
    with _connection(url) as connection, connection.cursor() as cursor:
        counts = {}
        for table in _tables(cursor):
            cursor.execute(f"SELECT count(*) FROM {_quoted(table)}")  # noqa: S608  # nosec B608
            counts[table] = int(cursor.fetchone()[0])
        return counts


def lint_sql(statements: str) -> list[str]:  # noqa: ARG001 - the same form for every engine
    """Nothing: no linter for the SQL of this engine is good enough to trust."""
    return []
