"""The same service as production starts it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import httpx2
import pytest

from tests.faults.conftest import Start
from tests.support.production import PRODUCTION


@pytest.mark.rule("API-11", "SEC-16", "CFG-03")
def test_production_hides_the_pages_for_people_and_serves_the_rest(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url, **PRODUCTION)
    ready = http.get(f"{service.base_url}/health/ready")
    document = http.get(f"{service.base_url}/openapi.json")
    page = http.get(f"{service.base_url}/docs")

    assert (ready.status_code, document.status_code) == (200, 200)
    assert page.status_code == 404
    assert page.json()["error"]["code"] == "request.not_found"


def test_production_answers_to_the_names_of_its_settings_only(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    named = {**PRODUCTION, "ALLOWED_HOSTS": "api.example.com, .example.org"}
    service = start(migrated_url, **named)

    statuses = {
        host: http.get(f"{service.base_url}/v1/nowhere", headers={"Host": host}).status_code
        for host in ("api.example.com:443", "eu.example.org", "evilexample.org", "127.0.0.1")
    }

    assert list(statuses.values()) == [404, 404, 400, 400]


@pytest.mark.rule("API-11")
def test_pages_for_people_can_be_switched_off_and_on(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    off = start(migrated_url, DOCS_ENABLED="false")
    on = start(migrated_url, **PRODUCTION, DOCS_ENABLED="true")

    assert http.get(f"{off.base_url}/docs").status_code == 404
    assert http.get(f"{on.base_url}/docs").status_code == 200


@pytest.mark.rule("OBS-01", "OBS-02", "PERF-08")
def test_processes_of_one_service_add_up_their_metrics(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url, WEB_WORKERS="2")

    for number in range(30):
        # A connection of its own for each, so that both processes get some.
        httpx2.get(f"{service.base_url}/v1/nowhere-{number}", trust_env=False)
    lines = http.get(f"{service.base_url}/metrics").text.splitlines()

    counted = [line for line in lines if line.startswith("http_requests_total") and "404" in line]
    status = service.stop()
    left = Path(tempfile.gettempdir()).glob(f"metrics-{service.process.pid}-*")
    assert [line.rpartition(" ")[2] for line in counted] == ["30.0"]
    assert (status, list(left)) == (0, [])
