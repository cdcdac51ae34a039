"""Services that are started to fail, and a database that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from tests.support.callers import Account, SignedIn
from tests.support.databases import Outage, fresh_database
from tests.support.server import ServiceProcess, make_admin, migrate

Start = Callable[..., ServiceProcess]
Call = Callable[..., httpx2.Response]


@pytest.fixture(scope="session")
def migrated_url() -> Iterator[str]:
    """A database with the newest schema. Tests share it, so they name what they make uniquely."""
    with fresh_database() as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def admin_account(migrated_url: str) -> Account:
    """The administrator whom services on that database know."""
    return make_admin(migrated_url)


@pytest.fixture(scope="session")
def admin(migrated_url: str, admin_account: Account) -> SignedIn:
    """The administrator, signed in while all was well: services on that database know the token."""
    signed_in = SignedIn(admin_account)
    with ServiceProcess(migrated_url) as service:
        signed_in.proof(service.base_url)
    return signed_in


@pytest.fixture
def outage(migrated_url: str) -> Iterator[Outage]:
    """A migrated database that can be taken away and given back."""
    fault = Outage(migrated_url)
    yield fault
    fault.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start services; whatever still runs at the end of the test is ended."""
    with ExitStack() as stack:

        def started(database_url: str, **settings: str) -> ServiceProcess:
            return stack.enter_context(ServiceProcess(database_url, **settings))

        yield started


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """A client without proxies of the surroundings and with patience for slow answers."""
    with httpx2.Client(timeout=30, trust_env=False) as client:
        yield client
