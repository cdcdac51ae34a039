"""A caller of the service that looks at every answer it gets.

Whatever a test asks, `Api` also checks what the contract promises of every answer: the envelope, the
request id, the security headers, and that no error shows the inside of the service.
"""

from __future__ import annotations

import copy
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.support.callers import PASSWORD, Account, SignedIn
from tests.support.proofs import CHALLENGE, check_cookies

REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,128}$")
ERROR_CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")
WITHOUT_ENVELOPE = ("/health/", "/metrics", "/openapi.json", "/docs")
ENVELOPE = {"data", "error", "meta", "pagination"}

INTERNALS = re.compile(
    r"Traceback|site-packages|\.py\b|/home/|/usr/|postgres|psycopg|mysql|mariadb|sqlite|sqlalchemy"
    r"|alembic|pydantic|starlette|fastapi|flask|werkzeug|django|gunicorn|uvicorn|h11"
    r"|\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.*\bSET\b|0x[0-9a-f]{6,}",
    re.IGNORECASE | re.DOTALL,
)

SECURITY_HEADERS = {
    "x-content-type-options": re.compile(r"^nosniff$"),
    "x-frame-options": re.compile(r"^(DENY|SAMEORIGIN)$"),
    "referrer-policy": re.compile(r"^(no-referrer|same-origin|strict-origin.*)$"),
    "content-security-policy": re.compile(
        r"(default-src|frame-ancestors) 'none'|default-src 'self'"
    ),
}


class Api:
    """One caller of the service.

    Args:
        base_url: where the service listens.
        auth: who calls; nobody in particular without one.
    """

    def __init__(self, base_url: str, auth: SignedIn | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self._client = httpx2.Client(
            base_url=self.base_url,
            timeout=30,
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        )

    @property
    def host(self) -> str:
        """The name that requests are meant for, as the `Host` header has it."""
        return urlsplit(self.base_url).netloc

    def signed_in_as(self, account: Account) -> Api:
        """Another caller, over the same connections, which only the first one closes."""
        other = copy.copy(self)
        other.auth = SignedIn(account)
        return other

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def request(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        """Send one request, check what every answer must have, and return the answer."""
        response = self._client.request(method, path, **{"auth": self.auth, **arguments})
        check_answer(response)
        return response

    def get(self, path: str, **arguments: Any) -> httpx2.Response:
        """GET a path below the base URL."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx2.Response:
        """POST to a path below the base URL."""
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> httpx2.Response:
        """PUT to a path below the base URL."""
        return self.request("PUT", path, **arguments)

    def patch(self, path: str, **arguments: Any) -> httpx2.Response:
        """PATCH a path below the base URL."""
        return self.request("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> httpx2.Response:
        """DELETE a path below the base URL."""
        return self.request("DELETE", path, **arguments)

    def send_body(
        self,
        body: bytes,
        path: str = "/v1/products",
        method: str = "POST",
        content_type: str = "application/json",
    ) -> httpx2.Response:
        """Send bytes as they are, also those that no JSON library would write."""
        return self.request(method, path, content=body, headers={"Content-Type": content_type})

    def send_bytes(self, request: bytes, timeout: float = 5) -> bytes:
        """Write bytes to the service's socket and return all it answers until it closes or is silent."""
        address = urlsplit(self.base_url)
        received = b""
        target = (address.hostname or "127.0.0.1", address.port or 80)
        with socket.create_connection(target, timeout) as connection:
            connection.settimeout(timeout)
            try:
                connection.sendall(request)
                while chunk := connection.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                return received
        return received


def check_answer(response: httpx2.Response) -> None:
    """Assert what the contract promises of every answer, whoever inside the service gave it."""
    told = f"{response.request.method} {response.request.url} -> {response.status_code}"
    request_id = response.headers.get("x-request-id", "")
    assert REQUEST_ID.match(request_id), f"{told}: X-Request-ID is {request_id!r}"
    for name, wanted in SECURITY_HEADERS.items():
        value = response.headers.get(name, "")
        assert wanted.search(value), f"{told}: {name} is {value!r}"
    check_safety(response, told)
    if response.request.method == "HEAD" or response.status_code in (204, 304):
        assert response.content == b"", f"{told}: there must be no body"
        return
    if response.request.url.path.startswith(WITHOUT_ENVELOPE) and response.status_code in (
        200,
        503,
    ):
        return
    check_envelope(response, told)


def check_safety(response: httpx2.Response, told: str) -> None:
    """Assert that an answer leads nowhere else, keeps secrets, and says how to get in where one does not."""
    headers, status = response.headers, response.status_code
    assert not 300 <= status < 400 or status == 304, f"{told}: the service redirects nobody"
    assert re.match(r"/v1/[a-z]", headers.get("location", "/v1/a")), (
        f"{told}: {headers['location']}"
    )
    check_cookies(response, told)
    assert PASSWORD not in response.text, f"{told}: the answer shows a password"
    if status == 401:
        assert headers.get("www-authenticate", "").startswith(CHALLENGE), told
    if status in (429, 503) and response.request.url.path.startswith("/v1/"):
        assert int(headers["retry-after"]) >= 1, told


def check_envelope(response: httpx2.Response, told: str) -> None:
    """Assert that the body is the one envelope, and that it fits the status."""
    kind = response.headers.get("content-type", "")
    assert kind.partition(";")[0] == "application/json", f"{told}: content type is {kind!r}"
    body = response.json()
    assert set(body) == ENVELOPE, f"{told}: members are {sorted(body)}"
    assert body["meta"]["request_id"] == response.headers["x-request-id"], told
    if response.status_code < 400:
        assert body["error"] is None, told
        assert body["data"] is not None, told
        check_pagination(body["pagination"], told)
        return
    assert body["data"] is None, told
    assert body["pagination"] is None, told
    error = body["error"]
    assert set(error) == {"code", "message", "details"}, f"{told}: {error}"
    assert ERROR_CODE.match(error["code"]), f"{told}: {error['code']}"
    assert error["message"], told
    for detail in error["details"]:
        assert set(detail) == {"field", "code", "message"}, f"{told}: {detail}"
        assert all(isinstance(text, str) for text in detail.values()), f"{told}: {detail}"
    told_caller = " ".join(
        [
            error["message"],
            *(f"{detail['code']} {detail['message']}" for detail in error["details"]),
        ]
    )
    leak = INTERNALS.search(told_caller)
    assert leak is None, f"{told}: the message shows internals: {told_caller}"


def check_pagination(pagination: Any, told: str) -> None:
    """Assert the shape of the pagination member: null, or a limit and two cursors."""
    if pagination is None:
        return
    assert set(pagination) == {"limit", "next_cursor", "previous_cursor"}, f"{told}: {pagination}"
    assert isinstance(pagination["limit"], int), told
    for name in ("next_cursor", "previous_cursor"):
        assert pagination[name] is None or isinstance(pagination[name], str), (
            f"{told}: {pagination}"
        )


def error_code(response: httpx2.Response) -> str:
    """The machine-readable code of a refusal."""
    code: str = response.json()["error"]["code"]
    return code


def named_fields(response: httpx2.Response) -> set[str]:
    """The fields that a refusal names."""
    return {detail["field"] for detail in response.json()["error"]["details"]}
