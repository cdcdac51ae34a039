"""Requests while something fails: a quick, honest answer, and nothing left broken."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.faults.conftest import Call, Start
from tests.support.callers import SignedIn
from tests.support.databases import Outage, execute, locked_table
from tests.support.server import ServiceProcess

TIGHT = {
    "DATABASE_POOL_SIZE": "1",
    "DATABASE_POOL_OVERFLOW": "0",
    "DATABASE_POOL_TIMEOUT_SECONDS": "0.5",
    "DATABASE_STATEMENT_TIMEOUT_SECONDS": "2",
}
# More than any product may cost: reading it back is a fault of ours, not of the caller.
SPOIL = "UPDATE products SET price = 2000000000 WHERE sku = '{sku}'"
HEAL = "UPDATE products SET price = 1 WHERE sku = '{sku}'"
PRODUCT = {"name": "Blue teapot", "price": 1999, "currency": "EUR", "stock": 10}


@pytest.fixture(scope="module")
def tight(migrated_url: str) -> Iterator[ServiceProcess]:
    """A service with one connection and little patience."""
    with ServiceProcess(migrated_url, **TIGHT) as service:
        yield service


@pytest.fixture(scope="module")
def pair(migrated_url: str) -> Iterator[tuple[ServiceProcess, ServiceProcess]]:
    """Two services on one database."""
    with ServiceProcess(migrated_url) as first, ServiceProcess(migrated_url) as second:
        yield first, second


@pytest.fixture
def post_product(admin: SignedIn) -> Call:
    """Create a product over a connection of its own."""

    def post(service: ServiceProcess) -> httpx2.Response:
        body = {**PRODUCT, "sku": f"F-{uuid4().hex[:16].upper()}"}
        return httpx2.post(
            f"{service.base_url}/v1/products", json=body, auth=admin, timeout=30, trust_env=False
        )

    return post


def assert_unavailable(response: httpx2.Response) -> None:
    """The answer says, in the envelope, that trying again later is worthwhile."""
    body: dict[str, Any] = response.json()
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert set(body) == {"data", "error", "meta", "pagination"}
    assert body["error"]["code"] == "service.unavailable"
    assert body["meta"]["request_id"] == response.headers["x-request-id"]
    for word in ("sql", "psycopg", "pymysql", "127.0.0.1", "refused", "locked", "Error"):
        assert word not in body["error"]["message"]


@pytest.mark.rule("ERR-08", "ERR-02", "ERR-11")
def test_requests_answer_503_while_the_database_is_away_and_work_again_after(
    outage: Outage, start: Start, http: httpx2.Client, post_product: Call
) -> None:
    service = start(outage.url, DATABASE_STATEMENT_TIMEOUT_SECONDS="1")
    assert post_product(service).status_code == 201

    outage.begin(running=True)
    began = time.monotonic()
    write = post_product(service)
    seconds = time.monotonic() - began
    read = http.get(f"{service.base_url}/v1/products")
    outage.end()
    after = post_product(service)

    assert_unavailable(write)
    assert seconds < 6
    if outage.stops_reads:
        assert_unavailable(read)
    else:
        assert read.status_code == 200
    assert after.status_code == 201


@pytest.mark.rule("ERR-08")
def test_service_started_without_its_database_answers_503_until_it_comes(
    outage: Outage, start: Start, http: httpx2.Client
) -> None:
    outage.begin(running=False)
    service = start(outage.url)

    began = time.monotonic()
    during = http.get(f"{service.base_url}/v1/products")
    seconds = time.monotonic() - began
    outage.end()
    after = http.get(f"{service.base_url}/v1/products")

    assert_unavailable(during)
    assert seconds < 2, "who cannot be served is not kept waiting"
    assert after.status_code == 200


@pytest.mark.rule("ERR-09", "OBS-10", "DB-02")
def test_exhausted_pool_answers_503_in_time_while_health_stays_reachable(
    migrated_url: str,
    tight: ServiceProcess,
    http: httpx2.Client,
    post_product: Call,
    admin: SignedIn,
) -> None:
    service = tight
    assert post_product(service).status_code == 201

    with ThreadPoolExecutor() as threads:
        with locked_table(migrated_url, "products"):
            waiting = threads.submit(post_product, service)
            time.sleep(0.5)
            began = time.monotonic()
            refused = http.get(f"{service.base_url}/v1/orders", auth=admin)
            seconds = time.monotonic() - began
            live = http.get(f"{service.base_url}/health/live")
            metrics = http.get(f"{service.base_url}/metrics")
        held = waiting.result()
    after = http.get(f"{service.base_url}/v1/orders", auth=admin)

    assert_unavailable(refused)
    assert seconds < 2
    assert (live.status_code, metrics.status_code) == (200, 200)
    assert held.status_code in (201, 503)
    assert after.status_code == 200


@pytest.mark.rule("ERR-08", "ERR-09", "SEC-15", "EXT-02")
def test_statement_that_waits_too_long_answers_503_within_its_timeout(
    migrated_url: str, tight: ServiceProcess, post_product: Call
) -> None:
    service = tight
    assert post_product(service).status_code == 201

    with locked_table(migrated_url, "products"):
        began = time.monotonic()
        refused = post_product(service)
        seconds = time.monotonic() - began
    after = post_product(service)

    assert_unavailable(refused)
    assert seconds < 5
    assert after.status_code == 201


@pytest.mark.rule("ERR-09", "SEC-15")
def test_health_is_reachable_when_every_handler_waits_for_the_database(
    migrated_url: str, start: Start, http: httpx2.Client, post_product: Call
) -> None:
    service = start(migrated_url, WEB_THREADS="2", DATABASE_STATEMENT_TIMEOUT_SECONDS="3")
    assert post_product(service).status_code == 201

    with ThreadPoolExecutor(8) as threads:
        with locked_table(migrated_url, "products"):
            waiting = [threads.submit(post_product, service) for _ in range(8)]
            time.sleep(0.5)
            began = time.monotonic()
            live = http.get(f"{service.base_url}/health/live")
            seconds = time.monotonic() - began
        answers = [answer.result().status_code for answer in waiting]

    assert live.status_code == 200
    assert seconds < 2
    assert set(answers) <= {201, 503}


@pytest.mark.rule("DB-03", "DB-10", "ERR-09")
def test_client_that_leaves_in_the_middle_takes_no_connection_with_it(
    migrated_url: str,
    tight: ServiceProcess,
    http: httpx2.Client,
    post_product: Call,
    admin: SignedIn,
) -> None:
    service = tight
    assert post_product(service).status_code == 201
    body = f'{{"sku":"GONE-{uuid4().hex[:8]}","name":"x","price":1,"currency":"EUR","stock":1}}'
    proof = admin.proof(service.base_url)
    shown = "".join(f"{name}: {value}\r\n" for name, value in proof.items())
    request = (
        "POST /v1/products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{shown}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )

    with locked_table(migrated_url, "products"):
        with socket.create_connection(("127.0.0.1", service.port)) as caller:
            caller.sendall(request.encode())
            time.sleep(0.3)
        time.sleep(0.3)
    answers = [http.get(f"{service.base_url}/v1/products").status_code for _ in range(5)]
    created = post_product(service)

    assert answers[-1] == 200
    assert created.status_code == 201
    assert [record for record in service.records() if "Traceback" in str(record)] == []


@pytest.mark.rule("PERF-10", "DB-03")
def test_running_request_is_finished_before_the_service_ends(
    migrated_url: str, start: Start, post_product: Call
) -> None:
    service = start(migrated_url)
    assert post_product(service).status_code == 201

    with ThreadPoolExecutor() as threads:
        with locked_table(migrated_url, "products"):
            running = threads.submit(post_product, service)
            time.sleep(0.5)
            ending = threads.submit(service.stop)
            time.sleep(0.5)
            still_there = service.process.poll() is None
        answer = running.result()
        code = ending.result()

    assert still_there
    assert answer.status_code == 201
    assert code == 0


@pytest.mark.rule("ERR-03", "LOG-03", "LOG-04", "ERR-05", "API-05")
def test_unexpected_failure_answers_500_and_is_logged_once_with_its_traceback(
    migrated_url: str, start: Start, http: httpx2.Client, post_product: Call
) -> None:
    service = start(migrated_url)
    product = post_product(service).json()["data"]
    execute(migrated_url, SPOIL.format(sku=product["sku"]))

    response = http.get(
        f"{service.base_url}/v1/products/{product['id']}",
        headers={"X-Request-ID": "broken-request"},
    )
    # Other tests list the products of the same database.
    execute(migrated_url, HEAL.format(sku=product["sku"]))

    body = response.json()
    assert response.status_code == 500
    assert set(body) == {"data", "error", "meta", "pagination"}
    assert body["error"]["code"] == "internal"
    assert body["error"]["details"] == []
    assert body["error"]["message"] == "The service failed. The failure has been recorded."
    assert "x-content-type-options" in response.headers
    service.stop()
    failures = [record for record in service.records() if "Traceback" in str(record)]
    assert [(record["level"], record["request_id"]) for record in failures] == [
        ("ERROR", "broken-request")
    ]


@pytest.mark.rule("ERR-07", "DB-09", "DB-14")
def test_two_services_on_one_database_sell_each_piece_once(
    migrated_url: str, start: Start, post_product: Call, admin: SignedIn
) -> None:
    services = [start(migrated_url), start(migrated_url)]
    product = post_product(services[0]).json()["data"]
    order = {"lines": [{"product_id": product["id"], "quantity": 1}]}
    ready = threading.Barrier(16)

    def buy(number: int) -> int:
        ready.wait()
        service = services[number % 2]
        return httpx2.post(
            f"{service.base_url}/v1/orders", json=order, auth=admin, timeout=30, trust_env=False
        ).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = sorted(threads.map(buy, range(16)))

    left = httpx2.get(
        f"{services[0].base_url}/v1/products/{product['id']}", trust_env=False
    ).json()["data"]["stock"]
    assert statuses == [201] * 10 + [409] * 6
    assert left == 0


@pytest.mark.rule("PERF-08", "API-19", "API-16")
def test_cursor_and_key_of_one_process_are_known_to_the_other(
    pair: tuple[ServiceProcess, ServiceProcess],
    http: httpx2.Client,
    post_product: Call,
    admin: SignedIn,
) -> None:
    first, second = pair
    for _ in range(3):
        post_product(first)
    body = {**PRODUCT, "sku": f"SHARED-{uuid4().hex[:16]}"}
    headers = {"Idempotency-Key": uuid4().hex}

    page = http.get(f"{first.base_url}/v1/products?limit=2").json()
    cursor = page["pagination"]["next_cursor"]
    following = http.get(f"{second.base_url}/v1/products?limit=2&cursor={cursor}")
    made = http.post(f"{first.base_url}/v1/products", json=body, headers=headers, auth=admin)
    again = http.post(f"{second.base_url}/v1/products", json=body, headers=headers, auth=admin)

    assert following.status_code == 200
    assert {row["id"] for row in following.json()["data"]}.isdisjoint(
        row["id"] for row in page["data"]
    )
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["data"] == made.json()["data"]
