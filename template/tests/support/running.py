"""A running service for tests that only speak HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_service(**settings: str) -> Iterator[str]:
    """Yield the base URL of a service.

    `BLACKBOX_URL` names one that runs already, in whatever language or framework it was written. Unset,
    one is started with a database of its own and ended afterwards.
    """
    given = os.environ.get("BLACKBOX_URL")
    if given:
        yield given.rstrip("/")
        return
    from tests.support.databases import fresh_database
    from tests.support.server import ServiceProcess, migrate

    with fresh_database() as database_url:
        migrate(database_url)
        with ServiceProcess(database_url, **settings) as service:
            yield service.base_url
