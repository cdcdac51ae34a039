"""One request and its response, as the boundary of every server treats them: checked, followed, recorded.

``web/boundary.py`` speaks the server's protocol and calls this.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol

import structlog

from .context import (
    accept_request_id,
    client_address_var,
    limit_headers_var,
    request_id_var,
    user_id_var,
)
from .envelope import MEDIA_TYPE, error_reply
from .errors import AppError, BodyTooLarge, UnsupportedMediaType
from .http import REQUEST_ID_HEADER, SECURITY_HEADERS
from .metrics import HTTP_DURATION, HTTP_FAILURES, HTTP_REQUESTS, UNMATCHED_ROUTE

log = structlog.get_logger("http")

MAX_REQUEST_LINE_BYTES = 8190
MAX_HEADERS = 100
MAX_HEAD_BYTES = 65_536
"""Bounds of what comes before the body, the same for every server."""

SMALLEST_COMPRESSED_BYTES = 1024
COMPRESSION_LEVEL = 6

CLIENT_GONE = 499
"""Recorded for a client that closed the connection before its request was complete."""

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class Headers(Protocol):
    """The headers of a response, whose names are the same in any case."""

    def setdefault(self, name: str, value: str, /) -> str | None:
        """Set the header unless the response has it."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


class Exchange:
    """A request on its way through the service, and what becomes of it.

    Attributes:
        method: of the request; ``OTHER`` for one that nobody has heard of.
        status: of the response, once it is known.
        route: template of the route, not the address: a label must have few values.
    """

    def __init__(self, *, method: str, path: str) -> None:
        self.status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        self.route = UNMATCHED_ROUTE
        self.method = method if method in _METHODS else "OTHER"
        self._path = path
        self._started = time.perf_counter()

    def fail(self) -> None:
        """Count an error that nobody expected."""
        HTTP_FAILURES.labels(self.method, self.route).inc()
        self.status = HTTPStatus.INTERNAL_SERVER_ERROR

    def end(self) -> None:
        """Count and measure the request, and write its line into the log."""
        seconds = time.perf_counter() - self._started
        HTTP_REQUESTS.labels(self.method, self.route, str(int(self.status))).inc()
        HTTP_DURATION.labels(self.method, self.route).observe(seconds)
        if is_operational(self._path):
            return
        write = log.error if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
        write(
            "http.request",
            method=self.method,
            route=self.route,
            status=int(self.status),
            duration_ms=round(seconds * 1000, 2),
        )


@contextmanager
def following(
    *, method: str, path: str, request_id: str | None, client_address: str | None
) -> Iterator[Exchange]:
    """Follow a request from its first byte to the end of its response.

    Args:
        method: of the request.
        path: that was asked for.
        request_id: the id that the caller gave it.
        client_address: from where the caller asks.
    """
    tokens = (
        request_id_var.set(accept_request_id(request_id)),
        user_id_var.set(None),
        limit_headers_var.set({}),
        client_address_var.set(client_address),
    )
    exchange = Exchange(method=method, path=path)
    try:
        yield exchange
    finally:
        exchange.end()
        request_id_var.reset(tokens[0])
        user_id_var.reset(tokens[1])
        limit_headers_var.reset(tokens[2])
        client_address_var.reset(tokens[3])


def is_operational(path: str) -> bool:
    """Whether machines ask this all the time: it leaves no line in the log, and never waits its turn."""
    return path == "/metrics" or path.startswith("/health/")


def check_announced(
    *, content_encoding: str | None, content_length: str | None, max_body_bytes: int
) -> None:
    """Refuse a body by what the headers say of it, before any of it is read.

    Raises:
        UnsupportedMediaType: it is compressed.
        BodyTooLarge: it has more bytes than allowed.
    """
    if (content_encoding or "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a content encoding.")
    announced = content_length or ""
    if announced.isdecimal() and int(announced[:20]) > max_body_bytes:
        raise body_too_large(max_body_bytes)


def body_too_large(max_body_bytes: int) -> BodyTooLarge:
    """The refusal of a body that goes on beyond the limit."""
    return BodyTooLarge(f"The request body may have {max_body_bytes} bytes at the most.")


def complete(headers: Headers) -> None:
    """Add what every response carries."""
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    for name, value in limit_headers_var.get().items():
        headers.setdefault(name, value)
    if user_id_var.get() is not None:
        headers["Cache-Control"] = "no-store"  # it is this caller's, and nobody else's
    headers.setdefault("Cache-Control", "no-store")
    headers[REQUEST_ID_HEADER] = request_id_var.get() or ""


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a caller that sends this ``Accept-Encoding`` can unpack gzip (RFC 9110, section 12.5.3).

    >>> accepts_gzip("br, gzip;q=0.5")
    True
    >>> accepts_gzip("gzip;q=0, identity")
    False
    """
    for choice in accept_encoding.lower().split(","):
        coding, _, weight = choice.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.strip().removeprefix("q=").strip("0.") != "" or not weight
    return False


def refusal(error: AppError) -> bytes:
    """A whole response, for a server that refuses bytes before they become a request. Ends the connection."""
    request_id = accept_request_id(None)
    body = error_reply(error).body(request_id)
    headers = {
        **SECURITY_HEADERS,
        REQUEST_ID_HEADER: request_id,
        "Cache-Control": "no-store",
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": MEDIA_TYPE,
    }
    status = HTTPStatus(error.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
