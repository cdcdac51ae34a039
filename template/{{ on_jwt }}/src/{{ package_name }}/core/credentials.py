"""What a request shows to tell who sends it: an access token or an API key."""

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from .actor import Actor
from .authentication import API_KEY_HEADER, InvalidCredentials, RequestHead, bounded

REQUEST_HEADERS = ("Authorization", API_KEY_HEADER)
"""What scripts send to tell who they are."""
SHARED_WITH_ORIGINS = False
"""Whether browsers show them by themselves, also for scripts of other origins. A token is shown by the script."""
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER},
}
"""The same for the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows: exactly one of them is set.

    Attributes:
        access_token: from ``Authorization: Bearer`` (RFC 6750).
        api_key: from ``X-API-Key``.
    """

    access_token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, head: RequestHead) -> Self | None:
        """Read the headers of a request; ``None`` if it shows nothing.

        Raises:
            InvalidCredentials: another scheme than ``Bearer``, both kinds at once, or an empty or overlong one.
        """
        authorization, api_key = head.header("Authorization"), head.header(API_KEY_HEADER)
        if authorization is None and api_key is None:
            return None
        if authorization is not None and api_key is not None:
            raise InvalidCredentials
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise InvalidCredentials
            return cls(access_token=bounded(token.strip()))
        return cls(api_key=bounded(api_key or ""))


class Authenticator(Protocol):
    """Knows callers by what they show."""

    def authenticate(self, credentials: Credentials) -> Actor:
        """The actor that these credentials belong to.

        Raises:
            InvalidCredentials: they are not valid, or not any more.
        """
        ...


def required(method: str) -> list[dict[str, list[str]]]:  # noqa: ARG001 - the same for all
    """What the OpenAPI document asks of callers of a method: one of these."""
    return [{scheme: []} for scheme in SECURITY_SCHEMES]
