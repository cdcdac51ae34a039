"""A running service for tests that only speak HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.callers import Account

ADMIN_VARIABLES = ("BLACKBOX_ADMIN_EMAIL", "BLACKBOX_ADMIN_PASSWORD")


@dataclass(frozen=True)
class RunningService:
    """Where a service listens, and who may do everything there."""

    base_url: str
    admin: Account


@contextmanager
def running_service(**settings: str) -> Iterator[RunningService]:
    """Yield a service.

    `BLACKBOX_URL` names one that runs already, in whatever language or framework it was written. Unset,
    one is started with a database and an administrator of its own, and ended afterwards.

    Raises:
        RuntimeError: `BLACKBOX_URL` is set, and nothing says who is an administrator there.
    """
    given = os.environ.get("BLACKBOX_URL")
    if given:
        yield RunningService(given.rstrip("/"), named_admin(given))
        return
    from tests.support.databases import fresh_database
    from tests.support.server import ServiceProcess, make_admin, migrate

    with fresh_database() as database_url:
        migrate(database_url)
        admin = make_admin(database_url)
        with ServiceProcess(database_url, **settings) as service:
            yield RunningService(service.base_url, admin)


def named_admin(url: str) -> Account:
    """The administrator of a service that runs already.

    Raises:
        RuntimeError: nobody is named.
    """
    email, password = (os.environ.get(name, "") for name in ADMIN_VARIABLES)
    if not email or not password:
        raise RuntimeError(
            f"BLACKBOX_URL names {url}: set {' and '.join(ADMIN_VARIABLES)} to an administrator of it. "
            "`make admin EMAIL=...` makes one, where the service has its settings"
        )
    return Account(email, password)
