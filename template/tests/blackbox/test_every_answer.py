"""What every answer has, whoever inside the service gave it: router, server, middleware or handler."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.blackbox.client import ENVELOPE, REQUEST_ID, SECURITY_HEADERS, Api, error_code

NOWHERE = (
    "/nowhere",
    "/v1",
    "/v1/nowhere",
    "/v2/products",
    "/products",
    "/v1/nowhere/0192f0c1-2345-7000-8000-000000000000",
    "/health",
    "/health/live/",
    "/openapi.json/",
    "/v1/nowhere/..%2f..%2fetc%2fpasswd",
    "/%00",
    "/v1/nowhere/%ff%fe",
    "/" + "a" * 4000,
)


@pytest.mark.rule("API-12", "ERR-01", "API-07")
@pytest.mark.parametrize("path", NOWHERE, ids=lambda path: path[:30])
def test_unknown_path_answers_404_in_the_envelope(api: Api, path: str) -> None:
    response = api.get(path)

    assert response.status_code == 404
    assert error_code(response) == "request.not_found"


@pytest.mark.rule("API-04", "ERR-01")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/openapi.json"])
def test_unsupported_method_answers_405_and_names_the_allowed_ones(
    api: Api, method: str, path: str
) -> None:
    response = api.request(method, path)

    assert response.status_code == 405
    assert error_code(response) == "request.method_not_allowed"
    assert "GET" in response.headers["allow"]


@pytest.mark.rule("API-04", "ERR-01")
@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_unheard_of_method_is_refused_in_the_envelope(api: Api, method: str) -> None:
    response = api.request(method, "/openapi.json")

    # Nobody has heard of BREW: that is no HTTP, so no route is looked for.
    assert response.status_code == (400 if method == "BREW" else 405)


@pytest.mark.rule("LOG-04")
@pytest.mark.parametrize(
    "given", ["abcdefgh", "0192f0c1-2345-7000-8000-000000000000", "A_b.c-" * 5]
)
def test_well_formed_request_id_is_taken_over(api: Api, given: str) -> None:
    response = api.get("/v1/nowhere", headers={"X-Request-ID": given})

    assert response.headers["x-request-id"] == given
    assert response.json()["meta"]["request_id"] == given


@pytest.mark.rule("LOG-04", "VAL-03")
@pytest.mark.parametrize(
    "given",
    [
        "",
        "a b c d e f g h",
        "x" * 1000,
        '{"level":"ERROR"}',
        "<script>alert(1)</script>",
        "id;drop table products",
        "caf\u00e9-caf\u00e9",
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_malformed_request_id_is_replaced_by_a_new_one(api: Api, given: str) -> None:
    response = api.get("/v1/nowhere", headers=[(b"X-Request-ID", given.encode("latin-1"))])

    assert response.headers["x-request-id"] != given
    assert REQUEST_ID.match(response.headers["x-request-id"])


@pytest.mark.rule("LOG-04")
def test_requests_without_an_id_get_different_ones(api: Api) -> None:
    given = {api.get("/v1/nowhere").headers["x-request-id"] for _ in range(20)}

    assert len(given) == 20


@pytest.mark.rule("SEC-06", "SEC-16")
@pytest.mark.parametrize(
    "path", ["/health/live", "/metrics", "/openapi.json", "/docs", "/v1/nowhere"]
)
def test_security_headers_are_on_every_kind_of_answer(api: Api, path: str) -> None:
    response = api.get(path)

    for name, wanted in SECURITY_HEADERS.items():
        assert wanted.search(response.headers[name])


@pytest.mark.rule("API-04")
@pytest.mark.parametrize("path", ["/health/live", "/openapi.json", "/v1/nowhere"])
def test_head_mirrors_get_without_its_body(api: Api, path: str) -> None:
    expected = api.get(path)

    response = api.request("HEAD", path)

    assert response.status_code == expected.status_code
    assert response.headers["content-type"] == expected.headers["content-type"]
    assert response.content == b""


@pytest.mark.rule("ERR-01", "SEC-15")
@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"NONSENSE\r\n\r\n", id="no request line"),
        pytest.param(b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", id="unknown version"),
        pytest.param(
            b"POST /v1/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: minus one\r\n\r\n",
            id="content length is no number",
        ),
        pytest.param(b"GET / HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n", id="version spoken otherwise"),
        pytest.param(b"GET /\r\n\r\n", id="no version"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", id="two hosts"
        ),
        pytest.param(
            b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            id="request line of 9 kB",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-More: a\r\n" * 100 + b"\r\n",
            id="more than 100 headers",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Big: " + b"a" * 70_000 + b"\r\n\r\n",
            id="header of 70 kB",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Big: " + b"a" * 200_000 + b"\r\n\r\n",
            id="header of 200 kB",
        ),
        pytest.param(
            b"POST /v1/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n",
            id="broken chunk",
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nbro ken\r\n\r\n", id="broken header"),
    ],
)
def test_what_the_server_itself_refuses_carries_the_envelope(
    api: Api, request_bytes: bytes
) -> None:
    head, _, body = api.send_bytes(request_bytes).partition(b"\r\n\r\n")

    status = int(head.split(b" ")[1])
    assert status == 400
    assert b"x-request-id:" in head.lower()
    assert b"\r\nserver:" not in head.lower()
    answer = json.loads(body)
    assert set(answer) == ENVELOPE
    assert answer["error"]["code"].startswith("request.")


@pytest.mark.rule("SEC-16")
def test_no_answer_tells_what_the_server_is(api: Api) -> None:
    answers = [api.get(path) for path in ("/health/live", "/openapi.json", "/v1/nowhere")]

    assert [answer.headers.get("server") for answer in answers] == [None] * 3


@pytest.mark.rule("ERR-01")
def test_request_to_change_the_protocol_is_answered_as_any_other(api: Api) -> None:
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }

    response = api.get("/health/live", headers=asked)

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.rule("SEC-15")
def test_service_still_answers_after_a_client_that_left_in_the_middle(api: Api) -> None:
    answered = api.send_bytes(
        b"POST /v1/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{", timeout=0.2
    )

    assert b" 500 " not in answered
    assert api.get("/health/live").status_code == 200


@pytest.mark.rule("ARCH-12", "LOG-04")
def test_requests_at_the_same_time_keep_their_own_ids(api: Api) -> None:
    ids = [f"caller-{number}" for number in range(50)]

    def ask(request_id: str) -> tuple[str, str]:
        response = api.get("/v1/nowhere", headers={"X-Request-ID": request_id})
        return response.headers["X-Request-ID"], response.json()["meta"]["request_id"]

    with ThreadPoolExecutor(max_workers=10) as pool:
        answered = list(pool.map(ask, ids))

    assert answered == [(request_id, request_id) for request_id in ids]
