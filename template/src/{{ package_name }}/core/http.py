"""What every request has to keep and every response carries, whatever the web framework."""

import json
from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import Any

from .envelope import MEDIA_TYPE
from .errors import ErrorDetail, Invalid, Malformed, UnsupportedMediaType

REQUEST_ID_HEADER = "X-Request-ID"

SECURITY_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
"""For answers that are data, which a browser should never render or embed (OWASP REST cheat sheet)."""

DOCS_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "script-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
)
"""For the documentation page, which runs scripts of its own."""


def require_json(body: bytes, content_type: str | None, *, expected: bool) -> None:
    """Refuse a body that is not JSON text as it travels between systems: UTF-8 without a mark.

    Parsers are more lenient, and each in its own way.

    Args:
        body: as it came; may be empty.
        content_type: value of the header.
        expected: whether the route takes a body. If not, an empty one is fine.

    Raises:
        UnsupportedMediaType: there is a body, and it says that it is something else.
        Malformed: it is empty, starts with a byte order mark, or is in UTF-16 or UTF-32.
    """
    if not (body or expected):
        return
    if body and not is_json(content_type):
        raise UnsupportedMediaType
    if not body.strip() or body.startswith(b"\xef\xbb\xbf") or b"\0" in body:
        raise Malformed


def is_json(content_type: str | None) -> bool:
    """Whether the header says JSON, in any of its usual spellings."""
    return (content_type or "").partition(";")[0].strip().lower() == MEDIA_TYPE


def parse_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        Malformed: it is none, or one that is nested too deeply, or has a number too long to read.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed from error


def only_known_parameters(sent: Sequence[str], known: Collection[str]) -> None:
    """Refuse query parameters that the route does not declare, and those that come twice.

    Args:
        sent: the names in the query string, each as often as it comes.
        known: the names that the route declares.

    Raises:
        Invalid: names each of them.
    """
    details = [
        ErrorDetail(name, "unknown_field", "This parameter is not known here")
        for name in dict.fromkeys(sent)
        if name not in known
    ]
    details += [
        ErrorDetail(name, "repeated", "This parameter may be given once")
        for name in dict.fromkeys(sent)
        if name in known and sent.count(name) > 1
    ]
    if details:
        raise Invalid(details=details)
