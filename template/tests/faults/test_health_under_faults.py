"""Health endpoints while the database is away: at the start, in the middle, and silent."""

from __future__ import annotations

import time

import httpx2
import pytest

from tests.faults.conftest import Start
from tests.support.cache import running_cache, wired
from tests.support.databases import Outage


def wait_until_ready(http: httpx2.Client, base_url: str, timeout: float = 10) -> int:
    """The last status of readiness: 200, or what it was when `timeout` seconds were over."""
    deadline = time.monotonic() + timeout
    while True:
        status = http.get(f"{base_url}/health/ready").status_code
        if status == 200 or time.monotonic() > deadline:
            return status
        time.sleep(0.1)


@pytest.mark.rule("ERR-08", "OBS-10", "ARCH-16")
def test_service_starts_without_its_database_and_recovers_without_a_restart(
    outage: Outage, start: Start, http: httpx2.Client
) -> None:
    outage.begin(running=False)
    service = start(outage.url)

    live = http.get(f"{service.base_url}/health/live")
    began = time.monotonic()
    ready = http.get(f"{service.base_url}/health/ready")
    seconds = time.monotonic() - began
    outage.end()
    later = wait_until_ready(http, service.base_url)

    assert live.status_code == 200
    assert ready.status_code == 503
    assert "database" in ready.text
    assert seconds < 2.5
    assert later == 200


@pytest.mark.rule("ERR-08", "OBS-10")
def test_readiness_follows_the_database_down_and_up_again(
    outage: Outage, start: Start, http: httpx2.Client
) -> None:
    service = start(outage.url)
    before = http.get(f"{service.base_url}/health/ready")

    outage.begin(running=True)
    during = http.get(f"{service.base_url}/health/ready")
    live = http.get(f"{service.base_url}/health/live")
    outage.end()
    after = wait_until_ready(http, service.base_url)

    assert before.status_code == 200
    assert during.status_code == (503 if outage.stops_reads else 200)
    assert live.status_code == 200
    assert after == 200


@pytest.mark.rule("OBS-10", "ERR-08", "EXT-02")
def test_health_answers_in_two_seconds_when_the_database_is_silent(
    outage: Outage, start: Start, http: httpx2.Client
) -> None:
    service = start(outage.url)
    first = http.get(f"{service.base_url}/health/ready")
    outage.hang()

    began = time.monotonic()
    ready = http.get(f"{service.base_url}/health/ready")
    ready_seconds = time.monotonic() - began
    live = http.get(f"{service.base_url}/health/live")
    outage.end()

    assert first.status_code == 200
    assert ready.status_code == (503 if outage.stops_reads else 200)
    assert ready_seconds < 2.5
    assert live.status_code == 200
    assert wait_until_ready(http, service.base_url) == 200


@pytest.mark.rule("ERR-10", "OBS-10")
def test_service_works_on_without_its_cache_and_says_so(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    with running_cache() as cache, wired(cache) as (url, wire):
        service = start(migrated_url, CACHE_URL=url)
        answers = [http.get(f"{service.base_url}/health/ready")]
        for change in (wire.cut, wire.mend):
            change()
            answers.append(http.get(f"{service.base_url}/health/ready"))

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.json()["status"] for answer in answers] == ["ok", "degraded", "ok"]
    assert "127.0.0.1" not in answers[1].text


@pytest.mark.rule("ERR-05", "OBS-10")
def test_readiness_shows_no_address_and_no_reason_of_the_driver(
    outage: Outage, start: Start, http: httpx2.Client
) -> None:
    outage.begin(running=False)
    service = start(outage.url)

    ready = http.get(f"{service.base_url}/health/ready")
    outage.end()

    assert ready.status_code == 503
    for secret in ("127.0.0.1", "refused", "Errno", "Error", "://", "sqlite", "unable"):
        assert secret not in ready.text
