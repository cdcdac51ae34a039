"""The schema and its revisions: bring a database to a revision, and say whether it is at the right one.

Each app has migrations of its own. Where the service needs one line of history ("one step back", "is
this the newest?"), it takes all of them, Django's own included, in the order in which Django applies
them. A revision is called ``<app>.<migration>``: ``products.0001_initial``.
"""

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from ...settings import DATABASE_SCHEME, Settings
from .. import dialect
from ..database import Connection, Database, PoolExhausted
from ..health import NotReady
from ..sql_script import as_script
from . import _comparison

EXPLANATION = '''"""{message}

Purpose: say why the schema changes.
Impact: which tables, which code, how many rows.
Locking: what waits while this runs, and for how long.
Rollback: what the way back restores, and what it cannot.
"""
'''
"""How a new revision begins."""

_PACKAGE = __name__.removesuffix(".core.migrations")
_PREVIEW = "preview"


class RevisionError(Exception):
    """A revision that does not exist was asked for, or the revisions do not fit together."""


def upgrade(database: Database[Any], revision: str = "head") -> str | None:
    """Apply the revisions up to one; returns the revision the database is at then."""
    with database.connection() as connection:
        line = _line(MigrationExecutor(connection))
        wanted = line[: _index(line, revision) + 1]
        theirs = 1 + max(place for place, one in enumerate(line) if not _is_ours(one))
        for part in (wanted[:theirs], wanted[theirs:]):  # Django would mix the apps again
            executor = MigrationExecutor(connection)
            applied = executor.loader.applied_migrations
            executor.migrate([], plan=[(one, False) for one in part if _key(one) not in applied])
        if len(wanted) == len(line):
            # Applies nothing more: it notes which models there are, for Django's permissions.
            call_command("migrate", database=connection.alias, interactive=False, verbosity=0)
        return revision_of(connection)


def downgrade(database: Database[Any], revision: str = "-1") -> str | None:
    """Take revisions back, by default the last one; returns the revision the database is at then."""
    with database.connection() as connection:
        executor = MigrationExecutor(connection)
        applied = _applied(executor)
        kept = _place(applied, revision, last=len(applied) - 1)
        executor.migrate([], plan=[(one, True) for one in reversed(applied[kept + 1 :])])
        return revision_of(connection)


def preview(span: str, *, down: bool = False) -> None:
    """Print the SQL of revisions without running it; ``span`` is ``from:to`` or the target."""
    loader = MigrationLoader(None)
    line = _line_of(loader)
    start, _, target = span.rpartition(":")
    if down:
        first = _index(line, start) if start else len(line) - 1
        kept = _place(line, target, last=first)
        plan = [(one, True) for one in reversed(line[kept + 1 : first + 1])]
    else:
        first = _index(line, start) + 1 if start else 0
        plan = [(one, False) for one in line[first : _index(line, target) + 1]]
    _print_sql(plan)


def preview_downgrade(database: Database[Any], revision: str = "-1") -> None:
    """Print the SQL of what :func:`downgrade` would do."""
    with database.connection() as connection:
        applied = _applied(MigrationExecutor(connection))
    kept = _place(applied, revision, last=len(applied) - 1)
    _print_sql([(one, True) for one in reversed(applied[kept + 1 :])])


def new_revision(database: Database[Any], message: str) -> None:  # noqa: ARG001 - the models suffice
    """Write a migration for each app whose models have changed since its last one."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner()
    )
    name = re.sub(r"\W+", "_", message.lower()).strip("_")
    changes = detector.changes(graph=loader.graph, migration_name=name)
    for found in changes.values():
        for migration in found:
            writer = MigrationWriter(migration, include_header=False)
            text = EXPLANATION.format(message=f"{message.strip().rstrip('.')}.")
            Path(writer.path).write_text(f"{text}\n{writer.as_string()}", encoding="utf-8")
            sys.stdout.write(f"Written: {writer.path}\n")
    if not changes:
        sys.stdout.write("The models have not changed.\n")


def current(database: Database[Any]) -> str | None:
    """The revision that a database is at."""
    with database.connection() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """The revision that the connected database is at: the last of the line before which none is missing."""
    executor = MigrationExecutor(connection)
    applied = executor.loader.applied_migrations
    done = list(takewhile(lambda one: _key(one) in applied, _line(executor)))
    return _name(done[-1]) if done else None


def newest() -> str | None:
    """The last revision there is."""
    return _name(_line_of(MigrationLoader(None))[-1])


def before(revision: str) -> str | None:
    """The revision that comes before another one; None before the first.

    Raises:
        RevisionError: there is no such revision.
    """
    line = _line_of(MigrationLoader(None))
    place = _index(line, revision)
    return _name(line[place - 1]) if place else None


def differences(database: Database[Any]) -> Sequence[str]:
    """What the live schema has, lacks or has otherwise than the models; empty when they agree."""
    with database.connection() as connection:
        return _comparison.differences(connection)


class SchemaCheck:
    """Tells whether every revision is applied.

    Once that was so, the answer is remembered: a schema does not go back under a running service.
    """

    def __init__(self, database: Database[Any]) -> None:
        self._database = database
        self._expected = newest()
        self._passed = False

    def __call__(self) -> None:
        """Compare.

        Raises:
            NotReady: revisions are pending, or the database does not answer.
        """
        if self._passed:
            return
        try:
            found = current(self._database)
        except (Error, PoolExhausted) as error:
            raise NotReady("does not answer") from error
        if found != self._expected:
            raise NotReady("migrations are pending")
        self._passed = True


@contextlib.contextmanager
def without_server() -> Iterator[Connection]:
    """A connection that makes SQL for the engine and reaches no server."""
    url = f"{DATABASE_SCHEME}:///{_PREVIEW}"
    described = dialect.connection_settings(url, Settings.model_construct(), most=1)
    connections.settings[_PREVIEW] = connections.configure_settings({DEFAULT_DB_ALIAS: described})[
        DEFAULT_DB_ALIAS
    ]
    connection = dialect.without_server(connections.create_connection(_PREVIEW))
    connections[_PREVIEW] = connection
    try:
        yield connection
    finally:
        # The schema editor of one engine opens one all the same, in memory, which Django leaves open.
        if connection.connection is not None:
            connection.connection.close()
        del connections[_PREVIEW]
        del connections.settings[_PREVIEW]


def _print_sql(plan: Sequence[tuple[Migration, bool]]) -> None:
    loader = MigrationLoader(None)
    with without_server() as connection:
        loader.connection = connection
        # One at a time: on the way back each starts from the tables that there were before it.
        for step in plan:
            for statement in _sql(loader, connection, *step):
                sys.stdout.write(f"{as_script(statement)}\n")


def _sql(
    loader: MigrationLoader,
    connection: Connection,
    migration: Migration,
    backwards: bool,
) -> list[str]:
    """The statements of a migration. On the way back Django's own ask a live schema for names."""
    if backwards and not _is_ours(migration):
        return [f"-- {_name(migration)}: Django's own; its way back depends on the live schema"]
    statements = loader.collect_sql([(migration, backwards)])
    in_transaction = migration.atomic and connection.features.can_rollback_ddl
    return ["BEGIN;", *statements, "COMMIT;"] if in_transaction else statements


def _line(executor: MigrationExecutor) -> list[Migration]:
    """All migrations, in the order in which they are applied: Django's own first, ours by their numbers."""
    return _line_of(executor.loader)


def _line_of(loader: MigrationLoader) -> list[Migration]:
    nodes = loader.graph.nodes

    def place(key: tuple[str, str]) -> tuple[bool, str, str]:
        app, name = key
        return _is_ours(nodes[key]), name.partition("_")[0], app

    keys: dict[tuple[str, str], None] = {}
    for key in sorted(nodes, key=place):
        keys |= dict.fromkeys(loader.graph.forwards_plan(key))
    return [nodes[key] for key in keys]


def _is_ours(migration: Migration) -> bool:
    return migration.__module__.startswith(f"{_PACKAGE}.")


def _applied(executor: MigrationExecutor) -> list[Migration]:
    """The migrations that a database has, in the order in which it got them."""
    if not executor.recorder.has_table():
        return []
    records = executor.recorder.migration_qs.order_by("id").values_list("app", "name")
    return [
        executor.loader.graph.nodes[key] for key in records if key in executor.loader.graph.nodes
    ]


def _key(migration: Migration) -> tuple[str, str]:
    return migration.app_label, migration.name


def _name(migration: Migration) -> str:
    return ".".join(_key(migration))


def _index(line: Sequence[Migration], revision: str) -> int:
    """The place of a revision in the line.

    Raises:
        RevisionError: it is not there.
    """
    if revision == "head":
        return len(line) - 1
    if revision == "base":
        return -1
    names = [_name(one) for one in line]
    if revision not in names:
        raise RevisionError(f"There is no revision {revision!r}; `migrate up --sql` shows all.")
    return names.index(revision)


def _place(line: Sequence[Migration], revision: str, *, last: int) -> int:
    """The place to go back to: a revision, or some steps (``-1``) from the last one."""
    if re.fullmatch(r"-\d+", revision) is None:
        return _index(line, revision)
    if last + int(revision) < -1:
        raise RevisionError(f"There are no {revision.removeprefix('-')} revisions to take back.")
    return last + int(revision)
