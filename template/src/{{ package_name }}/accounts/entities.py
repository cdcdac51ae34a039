"""What an account is, and what proves that somebody is its owner."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ..core.errors import Conflict, ErrorDetail, Forbidden, Invalid, NotFound, Unauthenticated

MAX_EMAIL_LENGTH = 254
"""Longest address that mail can be sent to (RFC 5321)."""
MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 128
MAX_KEY_NAME_LENGTH = 100
MAX_SCOPES = 50


class Role(StrEnum):
    """What an account can be. ``permissions.py`` says what each may do."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user.not_found"
    message = "There is no such user."


class EmailTaken(Conflict):
    """An account has this address."""

    code = "user.email_taken"
    message = "There is an account with this email address."

    def __init__(self) -> None:
        super().__init__(details=[ErrorDetail("email", "taken", "This email address is taken")])


class LastAdmin(Conflict):
    """Nobody would be left to manage accounts."""

    code = "user.last_admin"
    message = "This is the last administrator. Appoint another one first."


class WrongPassword(Forbidden):
    """The present password, asked for again, is not this."""

    code = "user.wrong_password"
    message = "The current password is not right."


class PasswordLikeEmail(Invalid):
    """A password that everybody tries first."""

    code = "user.password_like_email"
    message = "Use a password that is not the email address."

    def __init__(self, field_name: str = "password") -> None:
        super().__init__(
            details=[
                ErrorDetail(
                    field_name, "like_email", "Use a password that is not the email address"
                )
            ]
        )


class InvalidLogin(Unauthenticated):
    """No account has this address and this password. Which of both is wrong is nobody's business."""

    code = "auth.invalid_credentials"
    message = "The email address or the password is not right."


class LoginRequired(Forbidden):
    """An API key cannot do this: keys, passwords and logins are managed by people."""

    code = "auth.login_required"
    message = "An API key may not do this. Sign in with a password."


class ApiKeyNotFound(NotFound):
    """There is no such API key, or it is somebody else's."""

    code = "key.not_found"
    message = "There is no such API key."


class ScopeNotHeld(Forbidden):
    """A key cannot be allowed more than its owner is."""

    code = "key.scope_not_held"
    message = "An API key may not have permissions that its owner does not have."

    def __init__(self, index: int) -> None:
        """Args: index: of the first such scope."""
        super().__init__(
            details=[ErrorDetail(f"scopes.{index}", "not_held", "You do not have this permission")]
        )


class ExpiresTooEarly(Invalid):
    """A key that could never be used."""

    code = "key.expires_too_early"
    message = "The key would have ended already."

    def __init__(self) -> None:
        super().__init__(
            details=[ErrorDetail("expires_at", "in_the_past", "Use a moment that is still to come")]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account.

    Attributes:
        id: identifier.
        email: address, in small letters; unique.
        password_hash: of the password, with its salt and its cost.
        roles: names of the roles it holds.
        is_active: whether it may be used.
        version: grows by one with every change that its owner or an administrator makes.
        created_at: when it was created, UTC.
        updated_at: when it was last changed, UTC.
    """

    id: UUID
    email: str
    password_hash: str = field(repr=False)
    roles: frozenset[str]
    is_active: bool = True
    version: int = 1
    created_at: datetime
    updated_at: datetime

    def with_password(self, password_hash: str, *, now: datetime) -> "User":
        """The account with another password."""
        return replace(self, password_hash=password_hash, version=self.version + 1, updated_at=now)

    def with_roles(self, roles: Collection[str], *, now: datetime) -> "User":
        """The account with other roles."""
        return replace(self, roles=frozenset(roles), version=self.version + 1, updated_at=now)


def normalised_email(email: str) -> str:
    """The form in which addresses are compared and stored.

    >>> normalised_email(" Anne@Example.COM ")
    'anne@example.com'
    """
    return email.strip().lower()


def new_user(
    *, identifier: UUID, email: str, password_hash: str, roles: Collection[Role], now: datetime
) -> User:
    """A new account."""
    return User(
        id=identifier,
        email=normalised_email(email),
        password_hash=password_hash,
        roles=frozenset(role.value for role in roles),
        created_at=now,
        updated_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One sign-in of a user, with all the tokens that follow from it.

    Attributes:
        id: identifier.
        user_id: whose it is.
        created_at: when the user signed in, UTC.
        expires_at: when the user has to sign in again, UTC.
        ended_at: when it was ended before that; ``None`` while it lives.
    """

    id: UUID
    user_id: UUID
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def lives(self, *, now: datetime) -> bool:
        """Whether it may be used."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginToken:
    """What proves a login beyond the present request.

    Attributes:
        token_hash: SHA-256 of the token, as 64 hexadecimal digits; the token itself is not kept.
        login_id: the login it belongs to.
        created_at: when it was issued, UTC.
        used_at: when it was last used, UTC; ``None``: not yet.
    """

    token_hash: str
    login_id: UUID
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The account behind a credential, as it is now.

    Attributes:
        user_id: identifier.
        roles: names of the roles it holds.
        is_active: whether it may be used.
    """

    user_id: UUID
    roles: frozenset[str]
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key for a machine.

    Attributes:
        id: identifier.
        user_id: its owner, whose permissions it has at the most.
        name: for people.
        prefix: its public beginning, by which it is found; unique.
        key_hash: SHA-256 of the whole key, as 64 hexadecimal digits; the key itself is not kept.
        scopes: the permissions it was made for.
        created_at: when it was made, UTC.
        expires_at: when it ends, UTC; ``None``: never.
        last_used_at: when it was last used, UTC, to the minute; ``None``: not yet.
        revoked_at: when it was taken back, UTC; ``None`` while it is good.
    """

    id: UUID
    user_id: UUID
    name: str
    prefix: str
    key_hash: str = field(repr=False)
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def lives(self, *, now: datetime) -> bool:
        """Whether it may be used."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
