"""Services that share nothing with the others of the suite: those would do their jobs, with other settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.blackbox.client import Api


@contextmanager
def service_apart(**settings: str) -> Iterator[Api]:
    """Start a service on a database of its own; gives the only administrator in it."""
    if "BLACKBOX_URL" in os.environ:
        pytest.skip("BLACKBOX_URL names a service with settings of its own; this needs other ones")
    from tests.support.databases import fresh_database
    from tests.support.server import ServiceProcess, make_admin, migrate

    with fresh_database() as url:
        migrate(url)
        admin = make_admin(url)
        with ServiceProcess(url, **settings) as service, closing(Api(service.base_url)) as caller:
            yield caller.signed_in_as(admin)
