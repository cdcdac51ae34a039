"""The tables of accounts."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser, Group
from django.core.validators import EmailValidator
from django.db import models, transaction
from django.utils import timezone

from ..core.dialect import BinaryTextField, UuidField
from ..core.identifiers import new_id
from ..core.sensitivity import classify
from ..core.tables import ForeignKeyConstraint, Index
from .entities import MAX_EMAIL_LENGTH, MAX_KEY_NAME_LENGTH, EmailTaken, Role, normalised_email

MARK = ":"
"""What the names of the service's own permissions have, and those of Django's have not."""


class UserManager(BaseUserManager["User"]):
    """Makes users for Django's own commands and for code of Django's; the API has its services."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The form in which addresses are compared and stored."""
        return normalised_email(email or "")

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with an address, however it is spelt."""
        return super().get_by_natural_key(self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user without roles. Without a password it cannot log in.

        Raises:
            ValueError: there is no address.
        """
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user who may do everything, in the admin pages and as an administrator in the API.

        Raises:
            ValueError: there is no address.
        """
        with transaction.atomic(using=self.db):
            user = self.create_user(
                email, password, **{**fields, "is_staff": True, "is_superuser": True}
            )
            user.groups.add(Group.objects.using(self.db).get(name=Role.ADMIN.value))
        return user


class User(AbstractUser):
    """An account. Its roles are the groups with the names of roles; ``permissions.py`` says what they may do.

    ``is_staff`` opens the admin pages, and nothing in the API.
    """

    classes = classify(
        public="id is_active is_staff is_superuser version last_login created_at updated_at",
        personal="email first_name last_name",
        hashed="password",
    )

    username = None  # type: ignore[assignment]  # the address is the name
    date_joined = None  # type: ignore[assignment]  # it is called `created_at`, as everywhere here
    id = UuidField(primary_key=True, default=new_id, editable=False, db_comment="UUID of version 7")
    email = BinaryTextField(
        "email address",
        max_length=MAX_EMAIL_LENGTH,
        validators=[EmailValidator()],
        db_comment="Address, in small letters",
    )
    version = models.IntegerField(
        default=1, editable=False, db_comment="Grows by one with every change"
    )
    created_at = models.DateTimeField(
        "created", default=timezone.now, editable=False, db_comment="When it was created"
    )
    updated_at = models.DateTimeField(
        "changed", default=timezone.now, editable=False, db_comment="When it last changed"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta(AbstractUser.Meta):
        db_table = "users"
        db_table_comment = "Accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                name="uq_users_email",
                violation_error_message=EmailTaken.message,
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="ck_users_version_positive"
            ),
        ]
        indexes = [Index(fields=["created_at", "id"], name="ix_users_created_at_id")]

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """The form in which addresses are compared and stored."""
        return normalised_email(username)

    @classmethod
    def locked(cls, user_id: UUID) -> "User | None":
        """A user whom nobody else can change until the transaction ends."""
        return cls.objects.select_for_update().filter(id=user_id).first()

    def save(self, *args: Any, **options: Any) -> None:
        """Store it. Another password ends every login, whoever set it: a page, a command, a script."""
        replaced = getattr(self, "_password", None) is not None and not self._state.adding
        with transaction.atomic(using=options.get("using")):
            super().save(*args, **options)
            if replaced:
                self.logins.filter(ended_at=None).update(ended_at=timezone.now())

    def described(self) -> dict[str, Any]:
        """What the admin pages can change of it, as it is in the database: for the audit trail."""
        self.refresh_from_db()
        return {
            "email": self.email,
            "password": self.password,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "is_active": self.is_active,
            "is_staff": self.is_staff,
            "is_superuser": self.is_superuser,
            "groups": sorted(self.groups.values_list("name", flat=True)),
            "user_permissions": sorted(str(one) for one in self.user_permissions.all()),
        }


class LoginRow(models.Model):
    """Sign-ins to the API, each with all the tokens that follow from it."""

    classes = classify(public="id user_id created_at expires_at ended_at")

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="logins",
        db_constraint=False,
        db_index=False,
        db_comment="Whose it is",
    )
    created_at = models.DateTimeField(db_comment="When the user signed in")
    expires_at = models.DateTimeField(db_comment="When the user has to sign in again")
    ended_at = models.DateTimeField(
        null=True, db_comment="When it was ended before that; null while it lives"
    )

    class Meta:
        db_table = "logins"
        db_table_comment = "Sign-ins, each with all the tokens that follow from it"
        verbose_name = "login"
        constraints = [
            ForeignKeyConstraint(
                column="user_id", to="users", on_delete="CASCADE", name="fk_logins_user_id"
            )
        ]
        indexes = [
            Index(fields=["user"], name="ix_logins_user_id"),
            Index(fields=["expires_at"], name="ix_logins_expires_at"),
            Index(fields=["ended_at"], name="ix_logins_ended_at"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class LoginTokenRow(models.Model):
    """Tokens of logins, used ones too: that is how a second use is noticed."""

    classes = classify(public="login_id created_at used_at", hashed="token_hash")

    pk = models.CompositePrimaryKey("login_id", "token_hash")
    login = models.ForeignKey(
        LoginRow,
        on_delete=models.DO_NOTHING,
        related_name="tokens",
        db_constraint=False,
        db_index=False,
        db_comment="The login it belongs to",
    )
    token_hash = BinaryTextField(
        max_length=64, db_comment="SHA-256 of the token, which is not kept itself"
    )
    created_at = models.DateTimeField(db_comment="When it was issued")
    used_at = models.DateTimeField(
        null=True, db_comment="When it was exchanged; null while it is good"
    )

    class Meta:
        db_table = "login_tokens"
        db_table_comment = "Tokens of logins"
        verbose_name = "login token"
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="uq_login_tokens_token_hash"),
            ForeignKeyConstraint(
                column="login_id",
                to="logins",
                on_delete="CASCADE",
                name="fk_login_tokens_login_id",
            ),
        ]

    def __str__(self) -> str:
        return f"token of {self.login_id}"


class ApiKeyRow(models.Model):
    """API keys of machines."""

    classes = classify(
        public="id user_id name prefix scopes created_at expires_at last_used_at revoked_at",
        hashed="key_hash",
    )

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="api_keys",
        db_constraint=False,
        db_index=False,
        db_comment="Whose permissions it has at the most",
    )
    name = BinaryTextField(max_length=MAX_KEY_NAME_LENGTH, db_comment="What it is for, for people")
    prefix = BinaryTextField(max_length=40, db_comment="Its public beginning, by which it is found")
    key_hash = BinaryTextField(
        max_length=64, db_comment="SHA-256 of the whole key, which is not kept itself"
    )
    scopes = models.TextField(db_comment="JSON list of the permissions it was made for")
    created_at = models.DateTimeField(db_comment="When it was made")
    expires_at = models.DateTimeField(null=True, db_comment="When it ends; null: never")
    last_used_at = models.DateTimeField(
        null=True, db_comment="When it was last used, to the minute; null: not yet"
    )
    revoked_at = models.DateTimeField(
        null=True, db_comment="When it was taken back; null while it is good"
    )

    class Meta:
        db_table = "api_keys"
        db_table_comment = "Keys by which machines prove who they are"
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="uq_api_keys_prefix"),
            ForeignKeyConstraint(
                column="user_id", to="users", on_delete="CASCADE", name="fk_api_keys_user_id"
            ),
        ]
        indexes = [
            Index(fields=["user", "created_at", "id"], name="ix_api_keys_user_id_created_at_id")
        ]

    def __str__(self) -> str:
        return str(self.prefix)
