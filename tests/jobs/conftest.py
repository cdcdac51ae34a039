"""The service that a class of tests shares: rendered, installed and begun once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(*(f"tests.jobs.{name}" for name in ("deliveries", "kills", "outages", "work")))

from tests.jobs.customer import Customer  # noqa: E402 - only now are their assertions explained
from tests.jobs.system import System, set_up  # noqa: E402


@pytest.fixture(scope="class")
def system(request: pytest.FixtureRequest, template: Path) -> Iterator[System]:
    """The service of the class, on its queue."""
    with set_up(template, request.cls.STACK) as found:
        found.revive()
        yield found


@pytest.fixture
def customer(system: System) -> Iterator[Customer]:
    """Somebody who orders, of a service of which everything runs, and nothing is planned any more afterwards."""
    system.revive()
    yield Customer(system)
    system.forget_orders()
