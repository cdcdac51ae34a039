"""Access tokens: what a signed-in caller shows with every request (JWT, RFC 7519, as RFC 8725 advises).

A token only says which login it belongs to. Whether that login still lives, and what its user may do, is
looked up with every request, so that signing out and taking a role away hold at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from ..core.authentication import InvalidCredentials
from ..core.clock import Clock
from ..core.identifiers import new_id
from ..core.keys import KeyRing

ALGORITHM = "HS256"
"""The only one that is issued and the only one that is accepted, whatever a token says of itself."""
TYPE = "at+jwt"
"""Media type of an access token (RFC 9068), so that no other token passes for one."""
_REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says.

    Attributes:
        user_id: whose it is.
        login_id: the login it follows from.
    """

    user_id: UUID
    login_id: UUID


class AccessTokens:
    """Issues and reads access tokens.

    Args:
        keys: sign them. Two at once while the secret is being exchanged.
        issuer: name of this service; also the audience: nobody else accepts these tokens.
        lifetime: of a token.
        clock: tells the time.
    """

    def __init__(self, *, keys: KeyRing, issuer: str, lifetime: timedelta, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._lifetime = lifetime
        self._clock = clock

    @property
    def seconds(self) -> int:
        """How long a token lives."""
        return int(self._lifetime.total_seconds())

    def issue(self, *, user_id: UUID, login_id: UUID, now: datetime) -> str:
        """A new token."""
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(user_id),
            "sid": str(login_id),
            "jti": str(new_id()),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + self._lifetime).timestamp()),
        }
        key = self._keys.current
        return jwt.encode(
            claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.id, "typ": TYPE}
        )

    def read(self, token: str) -> Claims:
        """What a token says.

        Raises:
            InvalidCredentials: it was not issued by this service for itself, or its time is over or to come.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.named(header.get("kid"))
            if key is None or header.get("typ") != TYPE:
                raise InvalidCredentials
            claims = jwt.decode(
                token,
                key.secret,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._issuer,
                # Times are compared below, with the clock that the service was given.
                options={
                    "require": _REQUIRED,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            self._check_times(claims)
            return Claims(user_id=UUID(claims["sub"]), login_id=UUID(claims["sid"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise InvalidCredentials from error

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = self._clock.now().timestamp()
        # No leeway: issuer and reader are the same service.
        if not (claims["nbf"] <= now < claims["exp"]):
            raise InvalidCredentials
