"""The name that a request is meant for: the service answers to its own names only."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.blackbox.client import ENVELOPE, Api, error_code

FOREIGN = ("evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a b", "[::1", "x" * 5000)


@pytest.mark.parametrize("host", FOREIGN, ids=lambda host: host[:20])
@pytest.mark.parametrize("path", ["/v1/nowhere", "/openapi.json"])
def test_request_for_another_host_is_refused(api: Api, path: str, host: str) -> None:
    response = api.get(path, headers={"Host": host})

    assert response.status_code == 400
    assert error_code(response) == "request.unknown_host"
    assert "evil" not in response.text


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_probes_may_use_any_name(api: Api, path: str) -> None:
    assert api.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    "lines",
    [b"", b"Host:\r\n", b"Host: {own}, {own}\r\n", b"Host: {own}/x\r\n", b"Host: x@{own}\r\n"],
    ids=["missing", "empty", "list", "path", "user"],
)
def test_host_that_is_no_host_is_refused_in_the_envelope(api: Api, lines: bytes) -> None:
    own = urlsplit(api.base_url).netloc.encode()
    version = b"HTTP/1.1" if lines else b"HTTP/1.0"
    request = b"GET /v1/nowhere %b\r\n%bConnection: close\r\n\r\n" % (
        version,
        lines.replace(b"{own}", own),
    )

    head, _, body = api.send_bytes(request).partition(b"\r\n\r\n")

    assert head.split(b" ")[1] == b"400"
    assert set(json.loads(body)) == ENVELOPE


def test_host_is_the_same_in_capitals_and_with_another_port(api: Api) -> None:
    own = urlsplit(api.base_url).hostname or ""

    for host in (own.upper(), f"{own}:1", f"{own}."):
        assert api.get("/v1/nowhere", headers={"Host": host}).status_code == 404


def test_name_in_other_headers_counts_for_nothing(api: Api) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}

    response = api.get("/v1/nowhere", headers=forwarded)

    assert response.status_code == 404
    assert "evil" not in response.text + str(response.headers)
