"""What a request shows to tell who sends it: a session in a cookie, or an API key."""

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from .actor import Actor
from .authentication import API_KEY_HEADER, InvalidCredentials, RequestHead, bounded
from .errors import Forbidden

SESSION_COOKIE = "__Host-session"
"""The prefix makes browsers refuse one that another host or a plain connection sets (RFC 6265bis)."""
CSRF_HEADER = "X-CSRF-Token"
REQUEST_HEADERS = (CSRF_HEADER, API_KEY_HEADER)
"""What scripts send to tell who they are, beside the cookie."""
SHARED_WITH_ORIGINS = True
"""Whether browsers show them by themselves, also for scripts of other origins. A cookie is shown by the browser."""
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    "csrfToken": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
    "apiKey": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER},
}
"""The same for the OpenAPI document."""

_CHANGES_NOTHING = {"GET", "HEAD", "OPTIONS"}


class CsrfTokenMissing(Forbidden):
    """A change was asked for with a session alone, which a page of somebody else could have made a browser do."""

    code = "auth.csrf_token_missing"
    message = (
        "A change with a session needs the session's token in X-CSRF-Token. "
        "GET /v1/auth/sessions/current gives it."
    )


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows: either a session or an API key.

    Attributes:
        session: token of a session, from the cookie.
        csrf_token: from ``X-CSRF-Token``; says that a script of ours sends the request.
        changes: whether the request may change anything, and so needs that token.
        api_key: from ``X-API-Key``.
    """

    session: str | None = field(default=None, repr=False)
    csrf_token: str | None = field(default=None, repr=False)
    changes: bool = False
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, head: RequestHead) -> Self | None:
        """Read the headers of a request; ``None`` if it shows nothing.

        Raises:
            InvalidCredentials: two sessions, or both kinds at once, or an empty or overlong one.
        """
        sessions, api_key = sessions_of(head.header("Cookie")), head.header(API_KEY_HEADER)
        if not sessions and api_key is None:
            return None
        if len(sessions) + (api_key is not None) > 1:
            raise InvalidCredentials
        if api_key is not None:
            return cls(api_key=bounded(api_key))
        return cls(
            session=bounded(sessions[0]),
            csrf_token=head.header(CSRF_HEADER),
            changes=head.method not in _CHANGES_NOTHING,
        )


class Authenticator(Protocol):
    """Knows callers by what they show."""

    def authenticate(self, credentials: Credentials) -> Actor:
        """The actor that these credentials belong to.

        Raises:
            InvalidCredentials: they are not valid, or not any more.
            CsrfTokenMissing: a change is asked for, and the session's CSRF token is not shown.
        """
        ...


def sessions_of(cookies: str | None) -> tuple[str, ...]:
    """The tokens of sessions in the ``Cookie`` header. More than one: somebody has planted the others.

    >>> sessions_of("theme=dark; __Host-session=abc")
    ('abc',)
    """
    pairs = [pair.strip().partition("=") for pair in (cookies or "").split(";")]
    return tuple(value for name, _, value in pairs if name == SESSION_COOKIE)


def required(method: str) -> list[dict[str, list[str]]]:
    """What the OpenAPI document asks of callers of a method: one of these."""
    session: dict[str, list[str]] = {"session": []}
    if method not in _CHANGES_NOTHING:
        session["csrfToken"] = []
    return [session, {"apiKey": []}]
