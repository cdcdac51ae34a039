"""A running service and a caller for the black-box suite, which knows nothing but a base URL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.blackbox.client import Api
from tests.support.running import running_service


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Where the service under test listens."""
    with running_service() as url:
        yield url


@pytest.fixture(scope="session")
def api(base_url: str) -> Iterator[Api]:
    """A caller that checks the promises of every answer."""
    caller = Api(base_url)
    yield caller
    caller.close()
