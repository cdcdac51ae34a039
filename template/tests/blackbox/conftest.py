"""A running service and its callers for the black-box suite, which knows a base URL and an administrator."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.blackbox.client import Api
from tests.blackbox.people import Person, new_person
from tests.support.callers import Account, SignedIn
from tests.support.running import RunningService, running_service

Start = Callable[..., Api]


@pytest.fixture(scope="session")
def service() -> Iterator[RunningService]:
    """The service under test."""
    with running_service() as found:
        yield found


@pytest.fixture(scope="session")
def base_url(service: RunningService) -> str:
    """Where the service under test listens."""
    return service.base_url


@pytest.fixture(scope="session")
def api(service: RunningService) -> Iterator[Api]:
    """An administrator, who may do everything; like every caller it checks the promises of every answer."""
    caller = Api(service.base_url, SignedIn(service.admin))
    yield caller
    caller.close()


@pytest.fixture(scope="session")
def anonymous(base_url: str) -> Iterator[Api]:
    """A caller without credentials."""
    caller = Api(base_url)
    yield caller
    caller.close()


@pytest.fixture(scope="session")
def customer(api: Api) -> Person:
    """Somebody who has just signed up."""
    return new_person(api)


@pytest.fixture(scope="session")
def another_customer(api: Api) -> Person:
    """Somebody whom the things of the other customer are no business of."""
    return new_person(api)


@pytest.fixture(scope="session")
def staff(api: Api) -> Person:
    """Somebody who works for the service's owner."""
    return new_person(api, "staff")


@pytest.fixture(scope="session")
def document(anonymous: Api) -> dict[str, Any]:
    """What the service says of itself."""
    served: dict[str, Any] = anonymous.get("/openapi.json").json()
    return served


@pytest.fixture(scope="session")
def own_database() -> Iterator[tuple[str, Account]]:
    """A database for services with settings of their own, and the only administrator in it."""
    if "BLACKBOX_URL" in os.environ:
        pytest.skip("BLACKBOX_URL names a service with settings of its own; this needs other ones")
    from tests.support.databases import fresh_database
    from tests.support.server import make_admin, migrate

    with fresh_database() as url:
        migrate(url)
        yield url, make_admin(url)


@pytest.fixture(scope="session")
def start(own_database: tuple[str, Account]) -> Iterator[Start]:
    """Start services on that database; gives a caller without credentials."""
    from tests.support.server import ServiceProcess

    with ExitStack() as stack:

        def started(**settings: str) -> Api:
            service = stack.enter_context(ServiceProcess(own_database[0], **settings))
            return stack.enter_context(closing(Api(service.base_url)))

        yield started


@pytest.fixture(scope="session")
def sharing(start: Start, own_database: tuple[str, Account]) -> Api:
    """The only administrator of a service that lets the scripts of one other origin read its answers."""
    return start(CORS_ORIGINS="https://app.example.com").signed_in_as(own_database[1])
