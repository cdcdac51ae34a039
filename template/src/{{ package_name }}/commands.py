"""What the commands of the command line do. ``cli`` says how they are called."""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import closing
from getpass import getpass
from typing import Any

import structlog
from pydantic import ValidationError

from .accounts.schemas import UserIn
from .bootstrap import build_container, open_database
from .core import migrations
from .core.actor import Actor
from .core.database import DRIVER_FAILURES, reason_of
from .core.errors import AppError
from .settings import Settings, exposed_file

log = structlog.get_logger(__name__)

Command = Callable[[argparse.Namespace, Settings], int]


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Run the command that was asked for; returns the exit status.

    Raises:
        ConfigurationError: there is no database to use.
    """
    try:
        return _COMMANDS[options.command](options, settings)
    except migrations.RevisionError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except DRIVER_FAILURES as error:
        # Most often nobody answers; with some engines it is also a statement that cannot be run.
        sys.stderr.write(
            f"The database does not answer or refuses: {reason_of(error)}. See DATABASE_URL.\n"
        )
        return 1


def _serve(_: argparse.Namespace, settings: Settings) -> int:
    from .web import server  # noqa: PLC0415 - other commands need no web framework

    if exposed := exposed_file(settings):
        log.warning("settings.readable_by_others", file=str(exposed), repair=f"chmod 600 {exposed}")
    return server.serve(settings)


def _migrate_up(options: argparse.Namespace, settings: Settings) -> int:
    if options.sql:
        migrations.preview(options.revision)
    else:
        with closing(open_database(settings)) as database:
            _report(migrations.upgrade(database, options.revision))
    return 0


def _migrate_down(options: argparse.Namespace, settings: Settings) -> int:
    if options.sql:
        migrations.preview(options.revision, down=True)
    else:
        with closing(open_database(settings)) as database:
            _report(migrations.downgrade(database, options.revision))
    return 0


def _report(revision: str | None) -> None:
    sys.stdout.write(f"The database is at revision {revision or 'none: it is empty'}.\n")


def _migrate_new(options: argparse.Namespace, settings: Settings) -> int:
    with closing(open_database(settings)) as database:
        migrations.new_revision(database, options.message)
    return 0


def _check_schema(_: argparse.Namespace, settings: Settings) -> int:
    with closing(open_database(settings)) as database:
        found = migrations.differences(database)
    for difference in found:
        sys.stdout.write(f"{difference}\n")
    sys.stdout.write(
        "The schema agrees with the models.\n"
        if not found
        else "The schema differs from the models.\n"
    )
    return 1 if found else 0


def _purge(_: argparse.Namespace, settings: Settings) -> int:
    with closing(build_container(settings)) as container:
        sys.stdout.write(
            f"Removed {container.idempotency.purge()} expired idempotency keys,"
            f" {container.logins.purge(actor=Actor.system())} logins that have ended,"
            f" {container.audit.purge(actor=Actor.system())} old audit entries.\n"
        )
    return 0


def _reencrypt(_: argparse.Namespace, settings: Settings) -> int:
    with closing(build_container(settings)) as container:
        renewed = container.reencryption.run(actor=Actor.system())
    for column in renewed:
        sys.stdout.write(f"{column.place}: {column.count} encrypted anew.\n")
        for row in column.unreadable:
            sys.stderr.write(f"{column.place} of {row}\n")
    lost = sum(len(column.unreadable) for column in renewed)
    if lost:
        sys.stderr.write(f"Not readable, and left as they are: {lost}. See SECRET_KEY_PREVIOUS.\n")
    return 1 if lost else 0


def _admin(options: argparse.Namespace, settings: Settings) -> int:
    given = settings.admin_password
    try:
        wanted = UserIn(
            email=options.email,
            password=given.get_secret_value() if given else getpass("Password of the account: "),
        )
        with closing(build_container(settings)) as container:
            user = container.accounts.appoint_admin(
                actor=Actor.system(), email=wanted.email, password=wanted.password
            )
    except ValidationError as error:
        for finding in error.errors(include_input=False, include_url=False):
            sys.stderr.write(f"{finding['loc'][0]}: {finding['msg']}\n")
        return 2
    except AppError as error:
        sys.stderr.write(f"{error.details[0].message if error.details else error.text}\n")
        return 2
    sys.stdout.write(f"{user.email} is an administrator.\n")
    return 0


def _document(settings: Settings) -> dict[str, Any]:
    from .web.openapi import document  # noqa: PLC0415 - other commands need no web framework

    return document(settings)


def _openapi(_: argparse.Namespace, settings: Settings) -> int:
    sys.stdout.write(json.dumps(_document(settings), indent=2, ensure_ascii=False) + "\n")
    return 0


def _routes(_: argparse.Namespace, settings: Settings) -> int:
    for path, operations in _document(settings)["paths"].items():
        for method, operation in operations.items():
            sys.stdout.write(f"{method.upper():7} {path:40} {operation['summary']}\n")
    return 0


_COMMANDS: dict[str, Command] = {
    "serve": _serve,
    "migrate-up": _migrate_up,
    "migrate-down": _migrate_down,
    "migrate-new": _migrate_new,
    "check-schema": _check_schema,
    "admin": _admin,
    "purge": _purge,
    "reencrypt": _reencrypt,
    "openapi": _openapi,
    "routes": _routes,
}
