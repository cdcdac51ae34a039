"""Sessions: what a caller gets by signing in, how it ends, and how it tells the caller."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Unpack

from ..core.actor import Actor
from ..core.authentication import InvalidCredentials
from ..core.authorisation import authorise
from ..core.clock import Clock
from ..core.credentials import Credentials, CsrfTokenMissing
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .authentication import USE_IS_NOTED_EVERY, KeyAuthenticator, active
from .csrf_tokens import CsrfTokens
from .entities import Login, LoginRequired, LoginToken
from .logins import LoginParts, LoginService, record
from .ports import AccountsWork
from .secrets import digest, new_login_token
from .service import READ_OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProof:
    """What a caller gets by signing in.

    Attributes:
        token: goes into the cookie.
        csrf_token: to be shown with every change.
        expires_at: when the user has to sign in again at the latest, UTC.
    """

    token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    expires_at: datetime


class SessionService(LoginService[SessionProof]):
    """Use cases of logins that are proved by sessions.

    Args:
        csrf_tokens: makes the tokens of changes.
        lifetime: of a session, however busy it is.
        parts: what :class:`LoginService` takes.
    """

    def __init__(
        self, *, csrf_tokens: CsrfTokens, lifetime: timedelta, **parts: Unpack[LoginParts]
    ) -> None:
        super().__init__(lifetime=lifetime, **parts)
        self._csrf_tokens = csrf_tokens

    @use_case("logins.current", changes=False)
    def current(self, *, actor: Actor, shown: Sequence[str]) -> SessionProof:
        """The session that the actor uses.

        Args:
            actor: who asks.
            shown: tokens of sessions that came with the request.

        Raises:
            LoginRequired: the actor uses an API key.
        """
        authorise(self._policy, actor, READ_OWN)
        if actor.login_id is None:
            raise LoginRequired
        with self._transactions.reading() as work:
            for token in shown:
                found = work.logins.find_session(digest(token))
                if found is not None and found[0].id == actor.login_id:
                    return self._shown(token, found[0])
        raise InvalidCredentials

    @use_case("logins.replace", changes=True, public=True)
    def replace(self, *, actor: Actor, shown: Sequence[str]) -> None:  # noqa: ARG002 - public
        """End the sessions that a browser showed when it signed in anew; anything else it showed is ignored.

        No session outlives the next one of the same browser, and one that somebody has planted there is
        never taken over (OWASP Session Management Cheat Sheet, session fixation).
        """
        if not shown:
            return
        now = self._clock.now()
        with self._transactions.writing() as work:
            for token in shown:
                login = work.logins.find_by_token(digest(token))
                if login is not None and login.lives(now=now):
                    work.logins.end(login.id, now=now)
                    record(work, Actor(id=login.user_id), "logins.replace", login.id, now)

    def _prove(self, work: AccountsWork, login: Login, now: datetime) -> SessionProof:
        token = new_login_token()
        work.logins.add_token(
            LoginToken(token_hash=digest(token), login_id=login.id, created_at=now)
        )
        return self._shown(token, login)

    def _shown(self, token: str, login: Login) -> SessionProof:
        return SessionProof(
            token=token, csrf_token=self._csrf_tokens.of(token), expires_at=login.expires_at
        )


class AccountAuthenticator:
    """Looks callers up with every request, so that what was taken back is useless at once.

    Args:
        transactions: opens units of work.
        csrf_tokens: compares the tokens of changes.
        idle: a session that is not used for so long is over.
        clock: tells the time.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[AccountsWork],
        csrf_tokens: CsrfTokens,
        idle: timedelta,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._csrf_tokens = csrf_tokens
        self._idle = idle
        self._clock = clock
        self._keys = KeyAuthenticator(transactions=transactions, clock=clock)

    def authenticate(self, credentials: Credentials) -> Actor:
        """The actor that these credentials belong to.

        Raises:
            InvalidCredentials: they are not valid, or not any more.
            CsrfTokenMissing: a change is asked for, and the session's CSRF token is not shown.
        """
        session = credentials.session
        if session is None:
            return self._keys.authenticate(credentials.api_key or "")
        now = self._clock.now()
        with self._transactions.reading() as work:
            found = work.logins.find_session(digest(session))
        if found is None:
            raise InvalidCredentials
        login, token, holder = found[0], found[1], active(found[2])
        unused = now - (token.used_at or token.created_at)
        if not login.lives(now=now) or unused >= self._idle:
            raise InvalidCredentials
        if credentials.changes and not self._csrf_tokens.is_right(
            credentials.csrf_token, session=session
        ):
            raise CsrfTokenMissing
        if unused >= min(USE_IS_NOTED_EVERY, self._idle / 2):
            with self._transactions.writing() as work:
                work.logins.touch_token(token.token_hash, now=now)
        return Actor(id=holder.user_id, roles=holder.roles, login_id=login.id)
