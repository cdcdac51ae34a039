"""Tokens: what a caller gets by signing in, how it is exchanged, and how it tells the caller."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Unpack

import structlog

from ..core.actor import Actor
from ..core.authentication import InvalidCredentials
from ..core.clock import Clock
from ..core.credentials import Credentials
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .access_tokens import AccessTokens
from .authentication import KeyAuthenticator, active
from .entities import Login, LoginToken
from .logins import LoginParts, LoginService, record
from .ports import AccountsWork
from .secrets import digest, new_login_token

log = structlog.get_logger(__name__)

LIFETIME = timedelta(days=30)
"""After this a user signs in again, however often tokens were refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a caller gets by signing in.

    Attributes:
        access_token: to be shown with every request.
        refresh_token: to be exchanged, once, for another pair.
        token_type: how the access token is shown (RFC 6750).
        expires_in: seconds until the access token ends.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


class TokenService(LoginService[TokenPair]):
    """Use cases of logins that are proved by tokens.

    Args:
        tokens: issues access tokens.
        parts: what :class:`LoginService` takes.
    """

    def __init__(self, *, tokens: AccessTokens, **parts: Unpack[LoginParts]) -> None:
        super().__init__(lifetime=LIFETIME, **parts)
        self._tokens = tokens

    @use_case("logins.refresh", changes=True, public=True)
    def refresh(self, *, actor: Actor, refresh_token: str) -> TokenPair:  # noqa: ARG002 - public
        """Exchange a refresh token for a new pair. It is good for one exchange.

        A token that comes a second time is in two hands. Nobody can say which of them is the thief's, so
        the login ends, with whatever was issued for it (RFC 9700, section 4.14.2).

        Raises:
            InvalidCredentials: it is not good, or not any more.
        """
        now = self._clock.now()
        shown = digest(refresh_token)
        with self._transactions.writing() as work:
            login = work.logins.find_by_token(shown)
            if login is not None and login.lives(now=now):
                found = work.logins.find_with_holder(login.id)
                if work.logins.use_token(shown, now=now):
                    if found is not None and found[1].is_active:
                        return self._prove(work, login, now)
                else:
                    work.logins.end(login.id, now=now)
                    owner = Actor(id=login.user_id)
                    record(work, owner, "logins.end_after_reuse", login.id, now)
                    log.warning("logins.refresh_token_reused", subject_id=str(login.id))
        raise InvalidCredentials

    def _prove(self, work: AccountsWork, login: Login, now: datetime) -> TokenPair:
        refresh_token = new_login_token()
        work.logins.add_token(
            LoginToken(token_hash=digest(refresh_token), login_id=login.id, created_at=now)
        )
        return TokenPair(
            access_token=self._tokens.issue(user_id=login.user_id, login_id=login.id, now=now),
            refresh_token=refresh_token,
            expires_in=self._tokens.seconds,
        )


class AccountAuthenticator:
    """Looks callers up with every request, so that what was taken back is useless at once.

    Args:
        transactions: opens units of work.
        tokens: reads access tokens.
        clock: tells the time.
    """

    def __init__(
        self, *, transactions: Transactions[AccountsWork], tokens: AccessTokens, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._tokens = tokens
        self._clock = clock
        self._keys = KeyAuthenticator(transactions=transactions, clock=clock)

    def authenticate(self, credentials: Credentials) -> Actor:
        """The actor that these credentials belong to.

        Raises:
            InvalidCredentials: they are not valid, or not any more.
        """
        if credentials.access_token is None:
            return self._keys.authenticate(credentials.api_key or "")
        claims = self._tokens.read(credentials.access_token)
        with self._transactions.reading() as work:
            found = work.logins.find_with_holder(claims.login_id)
        if found is None or not found[0].lives(now=self._clock.now()):
            raise InvalidCredentials
        holder = active(found[1])
        if holder.user_id != claims.user_id:
            raise InvalidCredentials
        return Actor(id=holder.user_id, roles=holder.roles, login_id=claims.login_id)
