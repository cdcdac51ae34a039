"""The command line: ``python -m <package> COMMAND``. ``--help`` lists the commands."""

import argparse
import sys
from collections.abc import Sequence

from .core.logging import configure_logging
from .settings import ConfigurationError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        configure_logging(level=settings.log_level, console=settings.console_logs)
        # Only now: what the commands import may rely on settings that are in order.
        from . import commands  # noqa: PLC0415

        return commands.run(options, settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="Runs and tends the service."
    )
    found = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = found.add_parser("serve", help="serve HTTP until told to stop")
    serve.set_defaults(command="serve")

    migrate = found.add_parser("migrate", help="bring the database to a revision")
    direction = migrate.add_subparsers(metavar="DIRECTION", required=True)
    up = direction.add_parser("up", help="apply revisions")
    up.add_argument(
        "revision", nargs="?", default="head", help="the last one to apply; default: all"
    )
    up.add_argument("--sql", action="store_true", help="print the SQL instead of running it")
    up.set_defaults(command="migrate-up")
    down = direction.add_parser("down", help="take revisions back")
    down.add_argument(
        "revision", nargs="?", default="-1", help="the one to stop at; default: one step"
    )
    down.add_argument(
        "--sql", action="store_true", help="print the SQL (give FROM:TO) instead of running it"
    )
    down.set_defaults(command="migrate-down")
    new = direction.add_parser("new", help="write a revision from the changes of the models")
    new.add_argument("message", help="what the revision does, in a few words")
    new.set_defaults(command="migrate-new")

    check = found.add_parser("check-schema", help="compare the live schema with the models")
    check.set_defaults(command="check-schema")

    admin = found.add_parser("admin", help="make an administrator")
    admin.add_argument("email", help="address of the account; a new one asks for a password")
    admin.set_defaults(command="admin")

    purge = found.add_parser("purge", help="remove expired keys, logins and audit entries")
    purge.set_defaults(command="purge")

    reencrypt = found.add_parser(
        "reencrypt", help="bring what is encrypted under the present SECRET_KEY"
    )
    reencrypt.set_defaults(command="reencrypt")

    openapi = found.add_parser("openapi", help="print the OpenAPI document")
    openapi.set_defaults(command="openapi")

    routes = found.add_parser("routes", help="list every route")
    routes.set_defaults(command="routes")
    return parser
