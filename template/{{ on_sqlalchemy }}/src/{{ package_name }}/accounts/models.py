"""The tables of accounts: users with their roles, logins with their tokens, API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..core.dialect import BinaryText, LongText
from ..core.sensitivity import classify
from ..core.tables import Base


class UserRow(Base):
    """Accounts, without their roles."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        Index(None, "created_at", "id"),
        {"comment": "Accounts"},
    )
    classes = classify(
        public="id is_active version created_at updated_at",
        personal="email",
        hashed="password_hash",
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    email: Mapped[str] = mapped_column(
        BinaryText(254), unique=True, comment="Email address, in small letters"
    )
    password_hash: Mapped[str] = mapped_column(
        BinaryText(255), comment="Slow hash of the password, with its salt and its cost"
    )
    is_active: Mapped[bool] = mapped_column(comment="Whether the account may be used")
    version: Mapped[int] = mapped_column(comment="Grows by one with every change")
    created_at: Mapped[datetime] = mapped_column(comment="When it was created")
    updated_at: Mapped[datetime] = mapped_column(comment="When it was last changed")


class UserRoleRow(Base):
    """The roles that users hold."""

    __tablename__ = "user_roles"
    __table_args__ = (Index(None, "role", "user_id"), {"comment": "Roles of users"})
    classes = classify(public="user_id role")

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, comment="The user"
    )
    role: Mapped[str] = mapped_column(BinaryText(100), primary_key=True, comment="Name of the role")


class LoginRow(Base):
    """Sign-ins: each is a family of tokens."""

    __tablename__ = "logins"
    __table_args__ = (
        Index(None, "user_id"),
        Index(None, "expires_at"),
        Index(None, "ended_at"),
        {"comment": "Sign-ins of users; every token belongs to one"},
    )
    classes = classify(public="id user_id created_at expires_at ended_at")

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), comment="Who signed in"
    )
    created_at: Mapped[datetime] = mapped_column(comment="When the user signed in")
    expires_at: Mapped[datetime] = mapped_column(comment="When the user has to sign in again")
    ended_at: Mapped[datetime | None] = mapped_column(
        comment="When it was ended before that; null while it lives"
    )


class LoginTokenRow(Base):
    """Tokens of logins, used ones too: that is how a second use is noticed."""

    __tablename__ = "login_tokens"
    __table_args__ = (Index(None, "login_id"), {"comment": "Tokens of logins"})
    classes = classify(public="login_id created_at used_at", hashed="token_hash")

    token_hash: Mapped[str] = mapped_column(
        BinaryText(64), primary_key=True, comment="SHA-256 of the token, which is not kept itself"
    )
    login_id: Mapped[UUID] = mapped_column(
        ForeignKey("logins.id", ondelete="CASCADE"), comment="The login it belongs to"
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was issued")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="When it was exchanged; null while it is good"
    )


class ApiKeyRow(Base):
    """API keys, those taken back too."""

    __tablename__ = "api_keys"
    __table_args__ = (
        Index(None, "user_id", "created_at", "id"),
        {"comment": "Keys of machines, each with the permissions it was made for"},
    )
    classes = classify(
        public="id user_id name prefix scopes created_at expires_at last_used_at revoked_at",
        hashed="key_hash",
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), comment="Its owner"
    )
    name: Mapped[str] = mapped_column(BinaryText(100), comment="What it is for, for people")
    prefix: Mapped[str] = mapped_column(
        BinaryText(40), unique=True, comment="Its public beginning, by which it is found"
    )
    key_hash: Mapped[str] = mapped_column(
        BinaryText(64), comment="SHA-256 of the whole key, which is not kept itself"
    )
    scopes: Mapped[str] = mapped_column(
        LongText(), comment="JSON array of the permissions it was made for"
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was made")
    expires_at: Mapped[datetime | None] = mapped_column(comment="When it ends; null: never")
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="When it was last used, to the minute; null: not yet"
    )
    revoked_at: Mapped[datetime | None] = mapped_column(
        comment="When it was taken back; null while it is good"
    )
