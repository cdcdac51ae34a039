"""Initial schema of accounts.

Purpose: users, their logins with tokens, and API keys.
Impact: new tables only.
Locking: none; nothing exists yet.
Rollback: drops the tables with all they hold.
"""

import django.core.validators
import django.utils.timezone
from django.db import migrations, models

from ...core.dialect import BinaryTextField, UuidField, named_primary_key
from ...core.identifiers import new_id
from ...core.tables import ForeignKeyConstraint, Index


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text=(
                            "Designates that this user has all permissions without explicitly "
                            "assigning them."
                        ),
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text=(
                            "Designates whether this user should be treated as active. "
                            "Unselect this instead of deleting accounts."
                        ),
                        verbose_name="active",
                    ),
                ),
                (
                    "id",
                    UuidField(
                        db_comment="UUID of version 7",
                        default=new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "email",
                    BinaryTextField(
                        db_comment="Address, in small letters",
                        max_length=254,
                        validators=[django.core.validators.EmailValidator()],
                        verbose_name="email address",
                    ),
                ),
                (
                    "version",
                    models.IntegerField(
                        db_comment="Grows by one with every change", default=1, editable=False
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_comment="When it was created",
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_comment="When it last changed",
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="changed",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text=(
                            "The groups this user belongs to. A user will get all permissions "
                            "granted to each of their groups."
                        ),
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "db_table": "users",
                "db_table_comment": "Accounts",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=["email"],
                        name="uq_users_email",
                        violation_error_message="There is an account with this email address.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(version__gte=1), name="ck_users_version_positive"
                    ),
                ],
                "indexes": [Index(fields=["created_at", "id"], name="ix_users_created_at_id")],
            },
        ),
        *named_primary_key("users"),
        migrations.CreateModel(
            name="LoginRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        to="accounts.user",
                        on_delete=models.DO_NOTHING,
                        related_name="logins",
                        db_constraint=False,
                        db_index=False,
                        db_comment="Whose it is",
                    ),
                ),
                ("created_at", models.DateTimeField(db_comment="When the user signed in")),
                (
                    "expires_at",
                    models.DateTimeField(db_comment="When the user has to sign in again"),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        null=True, db_comment="When it was ended before that; null while it lives"
                    ),
                ),
            ],
            options={
                "verbose_name": "login",
                "db_table": "logins",
                "db_table_comment": "Sign-ins, each with all the tokens that follow from it",
                "constraints": [
                    ForeignKeyConstraint(
                        column="user_id", to="users", on_delete="CASCADE", name="fk_logins_user_id"
                    )
                ],
                "indexes": [
                    Index(fields=["user"], name="ix_logins_user_id"),
                    Index(fields=["expires_at"], name="ix_logins_expires_at"),
                    Index(fields=["ended_at"], name="ix_logins_ended_at"),
                ],
            },
        ),
        *named_primary_key("logins"),
        migrations.CreateModel(
            name="LoginTokenRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "login_id",
                        "token_hash",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "login",
                    models.ForeignKey(
                        to="accounts.loginrow",
                        on_delete=models.DO_NOTHING,
                        related_name="tokens",
                        db_constraint=False,
                        db_index=False,
                        db_comment="The login it belongs to",
                    ),
                ),
                (
                    "token_hash",
                    BinaryTextField(
                        max_length=64, db_comment="SHA-256 of the token, which is not kept itself"
                    ),
                ),
                ("created_at", models.DateTimeField(db_comment="When it was issued")),
                (
                    "used_at",
                    models.DateTimeField(
                        null=True, db_comment="When it was exchanged; null while it is good"
                    ),
                ),
            ],
            options={
                "verbose_name": "login token",
                "db_table": "login_tokens",
                "db_table_comment": "Tokens of logins",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["token_hash"], name="uq_login_tokens_token_hash"
                    ),
                    ForeignKeyConstraint(
                        column="login_id",
                        to="logins",
                        on_delete="CASCADE",
                        name="fk_login_tokens_login_id",
                    ),
                ],
            },
        ),
        *named_primary_key("login_tokens"),
        migrations.CreateModel(
            name="ApiKeyRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        to="accounts.user",
                        on_delete=models.DO_NOTHING,
                        related_name="api_keys",
                        db_constraint=False,
                        db_index=False,
                        db_comment="Whose permissions it has at the most",
                    ),
                ),
                (
                    "name",
                    BinaryTextField(max_length=100, db_comment="What it is for, for people"),
                ),
                (
                    "prefix",
                    BinaryTextField(
                        max_length=40, db_comment="Its public beginning, by which it is found"
                    ),
                ),
                (
                    "key_hash",
                    BinaryTextField(
                        max_length=64,
                        db_comment="SHA-256 of the whole key, which is not kept itself",
                    ),
                ),
                (
                    "scopes",
                    models.TextField(db_comment="JSON list of the permissions it was made for"),
                ),
                ("created_at", models.DateTimeField(db_comment="When it was made")),
                (
                    "expires_at",
                    models.DateTimeField(null=True, db_comment="When it ends; null: never"),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        null=True, db_comment="When it was last used, to the minute; null: not yet"
                    ),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(
                        null=True, db_comment="When it was taken back; null while it is good"
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "db_table": "api_keys",
                "db_table_comment": "Keys by which machines prove who they are",
                "constraints": [
                    models.UniqueConstraint(fields=["prefix"], name="uq_api_keys_prefix"),
                    ForeignKeyConstraint(
                        column="user_id",
                        to="users",
                        on_delete="CASCADE",
                        name="fk_api_keys_user_id",
                    ),
                ],
                "indexes": [
                    Index(
                        fields=["user", "created_at", "id"],
                        name="ix_api_keys_user_id_created_at_id",
                    )
                ],
            },
        ),
        *named_primary_key("api_keys"),
    ]
