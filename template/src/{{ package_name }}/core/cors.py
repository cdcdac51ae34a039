"""Which other origins a browser lets read the answers (the Fetch standard, section 3.2).

Nothing here is about who may ask: programs that are no browsers ignore it, and a browser sends simple requests before
it looks.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from .credentials import REQUEST_HEADERS
from .envelope import Reply

_PREFLIGHT_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_HEADERS = ", ".join(
    sorted(
        [
            *REQUEST_HEADERS,
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ]
    )
)
_EXPOSED_HEADERS = (
    "ETag, Idempotent-Replay, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "Retry-After, X-Request-ID"
)
_PREFLIGHT_SECONDS = "600"
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\]))(:[0-9]{1,5})?")
_USUAL_PORTS = {("http", ":80"), ("https", ":443")}


class Headers(Protocol):
    """The headers of a response, whose names are the same in any case."""

    def get(self, name: str, /) -> str | None:
        """The value of a header."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


def parse_origins(text: str) -> tuple[str, ...]:
    """Read origins as settings have them, in the spelling that browsers use.

    >>> parse_origins("https://shop.example.com, HTTP://Localhost:3000")
    ('https://shop.example.com', 'http://localhost:3000')

    Raises:
        ValueError: one of them is no origin; the message names it.
    """
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        match = _ORIGIN.fullmatch(part.lower())
        if match is None:
            raise ValueError(
                f"'{part}' is no origin: give each as scheme, '://' and host, with a port if it needs one, "
                "without a path and without wildcards"
            )
        scheme, host, port = match[1], match[2], match[3] or ""
        found.append(f"{scheme}://{host}{'' if (scheme, port) in _USUAL_PORTS else port}")
    return tuple(found)


class CrossOrigins:
    """The origins whose scripts may read the answers.

    Args:
        allowed: those of :func:`parse_origins`; none: the service says nothing about other origins at all.
        with_cookies: whether browsers may add their cookies to what a script there sends.
    """

    def __init__(self, allowed: Sequence[str] = (), *, with_cookies: bool = False) -> None:
        self._allowed = frozenset(allowed)
        self._with_cookies = with_cookies

    def preflight(self, *, method: str, origin: str | None, asks_for: str | None) -> Reply | None:
        """The answer to a browser that asks before it sends what a script wants to send.

        Args:
            method: of the request.
            origin: the ``Origin`` header.
            asks_for: the ``Access-Control-Request-Method`` header.

        Returns:
            The grant; ``None`` for any other request, and for an origin that is not listed: that goes on to the
            router, which knows no ``OPTIONS``, and so the browser is told nothing that it could take for a grant.
        """
        if method != "OPTIONS" or asks_for is None or origin not in self._allowed:
            return None
        return Reply(
            status=204,
            headers={
                "Access-Control-Allow-Methods": _PREFLIGHT_METHODS,
                "Access-Control-Allow-Headers": _PREFLIGHT_HEADERS,
                "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            },
        )

    def complete(self, headers: Headers, origin: str | None) -> None:
        """Add to a response what a browser of another origin needs in order to read it.

        Args:
            headers: of the response.
            origin: the ``Origin`` header of the request.
        """
        if not self._allowed:
            return
        # Also on the answers to others: a cache must not give them to those who may read them, nor the other way.
        varies_by = headers.get("Vary")
        headers["Vary"] = f"{varies_by}, Origin" if varies_by else "Origin"
        if origin in self._allowed and origin is not None:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
            if self._with_cookies:
                headers["Access-Control-Allow-Credentials"] = "true"
