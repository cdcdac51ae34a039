"""Django's command line, on the database of the settings."""

import sys
from collections.abc import Sequence
from contextlib import closing

from django.core.management import execute_from_command_line

from .core.database_url import database_url
from .core.logging import configure_logging
from .settings import ConfigurationError, export_to_children, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of Django's, or of an app; returns the exit status."""
    try:
        settings = load_settings()
        configure_logging(level=settings.log_level, console=settings.console_logs)
        export_to_children({"DATABASE_URL": database_url(settings)})
        # Only now: what this imports relies on settings that are in order.
        from .bootstrap import open_database  # noqa: PLC0415

        database = open_database(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with closing(database), database.connection():
        execute_from_command_line(list(arguments) if arguments is not None else None)
    return 0
