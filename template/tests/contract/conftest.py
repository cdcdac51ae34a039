"""The document under test: as the command writes it, and as a running service serves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.blackbox.client import Api
from tests.support.callers import SignedIn
from tests.support.running import RunningService, running_service

BASELINE = Path(__file__).resolve().parents[2] / "openapi" / "v1.json"


@pytest.fixture(scope="session")
def contract_service() -> Iterator[RunningService]:
    """A service that only the contract tests use: they fill it with odd rows."""
    with running_service() as service:
        yield service


@pytest.fixture(scope="session")
def contract_url(contract_service: RunningService) -> str:
    """Where it listens."""
    return contract_service.base_url


@pytest.fixture(scope="session")
def api(contract_service: RunningService) -> Iterator[Api]:
    """The administrator of that service, and the only one."""
    caller = Api(contract_service.base_url, SignedIn(contract_service.admin))
    yield caller
    caller.close()


@pytest.fixture(scope="session")
def document(contract_url: str) -> dict[str, Any]:
    """The OpenAPI document that the running service serves."""
    served: dict[str, Any] = httpx2.get(f"{contract_url}/openapi.json", trust_env=False).json()
    return served


@pytest.fixture(scope="session")
def released() -> dict[str, Any]:
    """The document of the released version, as it is committed."""
    committed: dict[str, Any] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return committed
