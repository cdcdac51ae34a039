"""Signing in and signing out, whatever a caller shows in between."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypedDict, TypeVar
from uuid import UUID

import structlog

from ..core.actor import Actor
from ..core.audit import audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.identifiers import new_id
from ..core.unit_of_work import Transactions, remove_in_batches
from ..core.use_cases import use_case
from .entities import InvalidLogin, Login, LoginRequired, User, normalised_email
from .ports import AccountsWork, Passwords
from .service import MANAGE, WRITE_OWN

log = structlog.get_logger(__name__)

PURGED_AT_ONCE = 50
"""Logins that one unit of work removes: each takes its tokens along, up to thousands of them."""

Proof = TypeVar("Proof")
"""What a caller gets by signing in, and shows from then on."""


class SignInLimit(Protocol):
    """Bounds how often anybody may try to sign in to one account, from wherever the attempts come."""

    def count_attempt(self, email: str) -> None:
        """Count one.

        Raises:
            TooManyRequests: there were too many.
        """
        ...


class LoginParts(TypedDict):
    """What :class:`LoginService` is made of, however logins are proved."""

    transactions: Transactions[AccountsWork]
    policy: Policy
    clock: Clock
    passwords: Passwords
    limit: SignInLimit


class LoginService(ABC, Generic[Proof]):
    """Use cases of logins.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        passwords: compares them with their hashes.
        limit: bounds attempts on one account.
        lifetime: of a login. After it a user signs in again, however busy it was.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[AccountsWork],
        policy: Policy,
        clock: Clock,
        passwords: Passwords,
        limit: SignInLimit,
        lifetime: timedelta,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._passwords = passwords
        self._limit = limit
        self._lifetime = lifetime

    @use_case("logins.sign_in", changes=True, public=True)
    def sign_in(self, *, actor: Actor, email: str, password: str) -> Proof:  # noqa: ARG002 - public
        """Exchange an address and a password for what proves from then on who asks.

        Takes the same time and says the same whether the account is not there, is locked, or has another
        password.

        Raises:
            TooManyRequests: there were too many attempts on this account.
            InvalidLogin: no account has this address and this password.
        """
        address = normalised_email(email)
        self._limit.count_attempt(address)
        with self._transactions.reading() as work:
            user = work.users.find_by_email(address)
        # Outside of the unit of work: it would keep a connection from others while it computes.
        if not self._is_right(user, password) or user is None or not user.is_active:
            log.warning("logins.refused", subject_id=None if user is None else str(user.id))
            raise InvalidLogin
        outdated = self._passwords.is_outdated(user.password_hash)
        renewed = self._passwords.hash(password) if outdated else None
        now = self._clock.now()
        login = Login(id=new_id(), user_id=user.id, created_at=now, expires_at=now + self._lifetime)
        with self._transactions.writing() as work:
            self._require_still(work.users.find(user.id, for_update=True), user, password)
            if renewed is not None:
                work.users.store_hash(user.id, renewed)
            work.logins.add(login)
            proof = self._prove(work, login, now)
            record(work, Actor(id=user.id), "logins.sign_in", login.id, now)
        return proof

    @use_case("logins.sign_out", changes=True)
    def sign_out(self, *, actor: Actor) -> None:
        """End the login that the actor uses: whatever proved it is useless at once.

        Raises:
            LoginRequired: the actor uses an API key.
        """
        authorise(self._policy, actor, WRITE_OWN)
        if actor.login_id is None:
            raise LoginRequired
        now = self._clock.now()
        with self._transactions.writing() as work:
            work.logins.end(actor.login_id, now=now)
            record(work, actor, "logins.sign_out", actor.login_id, now)

    @use_case("logins.purge", changes=True)
    def purge(self, *, actor: Actor) -> int:
        """Remove the logins that have ended, with their tokens; returns how many.

        Raises:
            Forbidden: the actor may not manage users.
        """
        authorise(self._policy, actor, MANAGE)
        now = self._clock.now()
        return remove_in_batches(
            self._transactions,
            lambda work, limit: work.logins.purge(before=now, limit=limit),
            at_once=PURGED_AT_ONCE,
        )

    def _is_right(self, user: User | None, password: str) -> bool:
        if user is None:
            self._passwords.waste(password)
            return False
        return self._passwords.matches(password, user.password_hash)

    def _require_still(self, stored: User | None, user: User, password: str) -> None:
        """Refuse an account that changed while its password was compared: a new password ends every login."""
        if stored is None or not stored.is_active:
            raise InvalidLogin
        if stored.password_hash == user.password_hash:
            return
        if not self._passwords.matches(password, stored.password_hash):
            raise InvalidLogin

    @abstractmethod
    def _prove(self, work: AccountsWork, login: Login, now: datetime) -> Proof:
        """Make what proves a new login, and store what it takes to recognise it."""


def record(work: AccountsWork, actor: Actor, action: str, login_id: UUID, now: datetime) -> None:
    """Leave an entry of what was done to a login."""
    work.audit.record(audit_entry(action, actor=actor, now=now, subject=("login", login_id)))
