"""How the service ends when it is told to."""

from __future__ import annotations

import time

import httpx2
import pytest

from tests.faults.conftest import Start


@pytest.mark.rule("PERF-10", "DB-03")
def test_service_ends_at_once_with_code_zero_although_idle_connections_are_open(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url)
    http.get(f"{service.base_url}/health/ready")

    began = time.monotonic()
    code = service.stop()

    assert code == 0
    assert time.monotonic() - began < 5


@pytest.mark.rule("CFG-01", "CFG-02")
def test_service_refuses_to_start_with_a_setting_it_cannot_use(
    migrated_url: str, start: Start
) -> None:
    with pytest.raises(RuntimeError) as refused:
        start(migrated_url, DATABASE_POOL_SIZE="many")

    assert "DATABASE_POOL_SIZE" in str(refused.value)
    assert "Traceback" not in str(refused.value)
