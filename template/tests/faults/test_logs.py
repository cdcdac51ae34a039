"""What the service writes about itself: machine-readable lines, complete, and without secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx2
import pytest

from tests.faults.conftest import Start
from tests.support.server import ServiceProcess

FIELDS = {"timestamp", "level", "message", "request_id", "user_id"}
LEVELS = {"INFO", "WARN", "ERROR"}  # DEBUG is hidden unless asked for
CANARY = "canary-7f3a9c51e2"


@pytest.mark.rule("LOG-01", "LOG-02", "LOG-03")
def test_every_line_from_start_to_end_is_a_complete_json_record(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url)
    http.get(f"{service.base_url}/v1/nowhere")
    http.get(f"{service.base_url}/health/ready")

    service.stop()

    records = service.records()
    assert records
    assert service.stderr == []
    for record in records:
        assert set(record) >= FIELDS, record
        assert record["level"] in LEVELS
        assert record["message"]
        assert record["timestamp"].endswith("Z")
        assert datetime.fromisoformat(record["timestamp"]).utcoffset() == timedelta(0)


@pytest.fixture(scope="module")
def logging_service(migrated_url: str) -> Iterator[ServiceProcess]:
    """A service whose lines are told apart by their request ids."""
    with ServiceProcess(migrated_url) as service:
        yield service


@pytest.mark.rule("LOG-04", "LOG-07")
def test_request_leaves_one_line_with_its_id_status_and_duration(
    logging_service: ServiceProcess, http: httpx2.Client
) -> None:
    http.get(f"{logging_service.base_url}/v1/nowhere", headers={"X-Request-ID": "log-test-0001"})

    record = logging_service.wait_for_record(request_id="log-test-0001")
    assert record["level"] == "INFO"
    assert record["status"] == 404
    assert record["duration_ms"] >= 0
    assert len([line for line in logging_service.stdout if "log-test-0001" in line]) == 1


@pytest.mark.rule("OBS-10")
def test_health_checks_leave_no_lines_behind(
    logging_service: ServiceProcess, http: httpx2.Client
) -> None:
    for path in ("/health/live", "/health/ready"):
        http.get(f"{logging_service.base_url}{path}", headers={"X-Request-ID": "health-check-1"})
    http.get(f"{logging_service.base_url}/v1/nowhere", headers={"X-Request-ID": "after-health"})
    logging_service.wait_for_record(request_id="after-health")

    assert [line for line in logging_service.stdout if "health-check-1" in line] == []


@pytest.mark.rule("LOG-03", "ERR-02")
def test_mistakes_of_callers_are_never_logged_as_errors(
    logging_service: ServiceProcess, http: httpx2.Client
) -> None:
    mistakes = [
        ("GET", "/v1/nowhere", b""),
        ("POST", "/health/live", b""),
        ("POST", "/v1/products", b"{"),
        ("GET", "/v1/products?limit=none", b""),
        ("GET", "/v1/nowhere", b""),
    ]

    statuses = [
        http.request(
            method,
            f"{logging_service.base_url}{path}",
            content=body,
            headers={"X-Request-ID": f"mistake-{number}", "Content-Type": "application/json"},
        ).status_code
        for number, (method, path, body) in enumerate(mistakes)
    ]

    logging_service.wait_for_record(request_id=f"mistake-{len(mistakes) - 1}")
    assert all(400 <= status < 500 for status in statuses)
    assert [record for record in logging_service.records() if record["level"] == "ERROR"] == []


@pytest.mark.rule("LOG-05", "SEC-14")
def test_secrets_in_any_part_of_a_request_are_never_logged(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url, SECRET_KEY=f"{CANARY}-key-{'0' * 32}", LOG_LEVEL="DEBUG")
    headers = {
        "Authorization": f"Bearer {CANARY}-bearer",
        "Cookie": f"session={CANARY}-cookie",
        "X-API-Key": f"{CANARY}-api-key",
        "X-Custom": f"{CANARY}-custom",
        "X-Request-ID": "canary-request",
    }
    body = {
        "email": f"{CANARY}@example.org",
        "password": f"{CANARY}-password",
        "card_number": f"4111111111111111-{CANARY}",
        "name": f"{CANARY}-name",
    }

    answers = [
        http.post(
            f"{service.base_url}{path}?token={CANARY}-query&email={CANARY}@example.org",
            headers=headers,
            json=body,
        )
        for path in ("/v1/products", "/v1/nowhere", "/health/live")
    ]
    answers.append(
        http.post(
            f"{service.base_url}/v1/products",
            content=f'{{"password": "{CANARY}-broken'.encode(),
            headers={**headers, "Content-Type": "application/json"},
        )
    )
    service.wait_for_record(request_id="canary-request")
    service.stop()

    assert CANARY not in service.output()
    assert [answer.text for answer in answers if CANARY in answer.text] == []


@pytest.mark.rule("LOG-01")
def test_console_form_is_for_people_and_not_json(
    migrated_url: str, start: Start, http: httpx2.Client
) -> None:
    service = start(migrated_url, LOG_FORMAT="console")
    http.get(f"{service.base_url}/v1/nowhere")

    service.stop()

    assert service.stdout
    assert [line for line in service.stdout if line.startswith("{")] == []
