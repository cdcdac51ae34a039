"""A service that shares its answers with pages of another origin."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.support.proofs import WITH_CREDENTIALS
from tests.support.server import ServiceProcess

ORIGIN = "https://shop.example.com"
SHARED = "access-control-allow-origin"


@pytest.fixture(scope="module")
def service(migrated_url: str) -> Iterator[ServiceProcess]:
    """One that two origins are listed for."""
    with ServiceProcess(
        migrated_url,
        CORS_ORIGINS=f"{ORIGIN}, http://localhost:3000",
        MAX_BODY_BYTES="1024",
    ) as running:
        yield running


def ask(
    http: httpx2.Client, service: ServiceProcess, path: str, method: str = "GET", **more: str
) -> httpx2.Response:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return http.request(method, f"{service.base_url}{path}", headers=headers)


@pytest.mark.rule("API-20")
@pytest.mark.parametrize("path", ["/v1/nowhere", "/openapi.json", "/health/live"])
@pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:3000"])
def test_preflight_of_a_listed_origin_is_granted(
    service: ServiceProcess, http: httpx2.Client, path: str, origin: str
) -> None:
    answer = ask(http, service, path, "OPTIONS", Origin=origin, Access_Control_Request_Method="PUT")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers[SHARED] == origin
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "If-Match" in answer.headers["access-control-allow-headers"]
    assert answer.headers.get("access-control-allow-credentials") == WITH_CREDENTIALS
    assert "Origin" in answer.headers["vary"]


@pytest.mark.rule("API-20")
def test_preflight_of_another_origin_is_not_granted(
    service: ServiceProcess, http: httpx2.Client
) -> None:
    answer = ask(
        http,
        service,
        "/openapi.json",
        "OPTIONS",
        Origin="https://evil.example",
        Access_Control_Request_Method="PUT",
    )

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "request.method_not_allowed"
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
    assert "Origin" in answer.headers["vary"]


@pytest.mark.rule("API-20")
@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/openapi.json", "GET", b"", 200),
        ("/v1/nowhere", "GET", b"", 404),
        ("/health/live", "DELETE", b"", 405),
        ("/v1/nowhere", "POST", b"x" * 5000, 413),
    ],
)
def test_answer_of_any_kind_can_be_read_by_a_listed_origin_only(
    service: ServiceProcess,
    http: httpx2.Client,
    path: str,
    method: str,
    body: bytes,
    status: int,
) -> None:
    url = f"{service.base_url}{path}"

    listed = http.request(method, url, content=body, headers={"Origin": ORIGIN})
    foreign = http.request(method, url, content=body, headers={"Origin": "https://evil.example"})
    without = http.request(method, url, content=body)

    assert [answer.status_code for answer in (listed, foreign, without)] == [status] * 3
    assert listed.headers[SHARED] == ORIGIN
    assert "X-Request-ID" in listed.headers["access-control-expose-headers"]
    for answer in (foreign, without):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
    for answer in (listed, foreign, without):
        assert "Origin" in answer.headers["vary"].split(", ")


def test_request_for_another_host_is_refused_so_that_a_listed_page_can_tell(
    service: ServiceProcess, http: httpx2.Client
) -> None:
    answer = ask(http, service, "/v1/nowhere", Origin=ORIGIN, Host="evil.example")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "request.unknown_host"
    assert answer.headers[SHARED] == ORIGIN


@pytest.mark.rule("API-20")
@pytest.mark.parametrize("listed", ["*", "https://*.example.com", f"{ORIGIN}/"])
def test_wildcard_stops_the_start(migrated_url: str, listed: str) -> None:
    with pytest.raises(RuntimeError, match="CORS_ORIGINS"):
        ServiceProcess(migrated_url, CORS_ORIGINS=listed).start()
