"""The schema and its revisions: bring a database to a revision, and say whether it is at the right one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .append_only import LIVE_TRIGGERS
from .audit_triggers import lost_triggers
from .database import Database
from .health import NotReady
from .tables import Base

RevisionError = CommandError
"""A revision that does not exist was asked for, or the revisions do not fit together."""


def _configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings: the file next to the sources, or in the working directory."""
    beside_sources = Path(__file__).resolve().parents[3] / "alembic.ini"
    file = beside_sources if beside_sources.exists() else Path("alembic.ini").resolve()
    config = Config(file)
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def upgrade(database: Database[Any], revision: str = "head") -> str | None:
    """Apply the revisions up to one; returns the revision the database is at then."""
    with database.engine.begin() as connection:
        command.upgrade(_configuration(connection), revision)
        return revision_of(connection)


def downgrade(database: Database[Any], revision: str = "-1") -> str | None:
    """Take revisions back, by default the last one; returns the revision the database is at then."""
    with database.engine.begin() as connection:
        command.downgrade(_configuration(connection), revision)
        return revision_of(connection)


def preview(span: str, *, down: bool = False) -> None:
    """Print the SQL of revisions without running it; ``span`` is ``from:to`` or the target."""
    (command.downgrade if down else command.upgrade)(_configuration(), span, sql=True)


def preview_downgrade(database: Database[Any], revision: str = "-1") -> None:
    """Print the SQL of what :func:`downgrade` would do."""
    preview(f"{current(database)}:{revision}", down=True)


def new_revision(database: Database[Any], message: str) -> None:
    """Write a revision file with the differences between the models and the database."""
    with database.engine.begin() as connection:
        command.revision(_configuration(connection), message=message, autogenerate=True)


def current(database: Database[Any]) -> str | None:
    """The revision that a database is at."""
    with database.engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """The revision of the database that a connection leads to."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The last revision there is."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def differences(database: Database[Any]) -> Sequence[Any]:
    """What the live schema has, lacks or has otherwise than the models; empty when they agree."""
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "target_metadata": Base.metadata,
    }
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        live = connection.scalars(text(LIVE_TRIGGERS))
        return [*compare_metadata(context, Base.metadata), *lost_triggers(live)]


class SchemaCheck:
    """Tells whether the database is at the newest revision.

    Once it was, the answer is remembered: a schema does not go back under a running service.
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
        except (DBAPIError, PoolTimeout) as error:
            raise NotReady("does not answer") from error
        if found != self._expected:
            raise NotReady("migrations are pending")
        self._passed = True
