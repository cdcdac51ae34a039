"""What callers send and get: the contract of accounts, the same for every web framework."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from ..core.pagination import ListQuery
from ..core.schema import CLEAN_TEXT, Moment, RequestSchema, ResponseSchema, Timestamp
from .entities import (
    MAX_EMAIL_LENGTH,
    MAX_KEY_NAME_LENGTH,
    MAX_PASSWORD_LENGTH,
    MAX_SCOPES,
    MIN_PASSWORD_LENGTH,
    Role,
)

MAX_VERSION = 2_147_483_647
# As browsers check it (HTML, section 4.10.5.1.5), with a dot in the domain: mail proves the rest. What looks like an
# encoded word (RFC 2047) is refused: a mail program may decode it, and send to another address.
_EMAIL = re.compile(
    r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise PydanticCustomError("email", "Use an email address, such as anne@example.com")
    return value.lower()


Email = Annotated[
    str,
    # Also next to a password, which is left as it is typed.
    StringConstraints(strip_whitespace=True),
    Field(
        min_length=6,
        max_length=MAX_EMAIL_LENGTH,
        description="Email address; upper and lower case are the same.",
        examples=["anne@example.com"],
    ),
    AfterValidator(_email),
    CLEAN_TEXT,
]
# A password is taken as it is typed: it may begin and end with blanks.
_AS_TYPED = ConfigDict(str_strip_whitespace=False)
NewPassword = Annotated[
    str,
    Field(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        description="Password. The longer, the better; nothing else is asked of it.",
        examples=["correct-horse-battery-staple"],
    ),
]
ShownPassword = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_PASSWORD_LENGTH,
        description="The present password.",
        examples=["correct-horse-battery-staple"],
    ),
]
RoleName = Literal["customer", "staff", "admin"]
Scope = Annotated[
    str,
    Field(
        min_length=3,
        max_length=100,
        pattern=r"^[a-z][a-z-]*:[a-z][a-z-]*$",
        description="Name of a permission.",
        examples=["orders:place"],
    ),
]


class UserIn(RequestSchema):
    """An account to sign up for."""

    model_config = _AS_TYPED

    email: Email
    password: NewPassword


class PasswordChangeIn(RequestSchema):
    """Another password for one's own account. Every login of it ends."""

    model_config = _AS_TYPED

    current_password: ShownPassword
    password: NewPassword


class RolesIn(RequestSchema):
    """The roles of an account, all of them."""

    roles: Annotated[
        list[RoleName],
        Field(min_length=1, max_length=3, description="At least one.", examples=[["staff"]]),
    ]

    def wanted(self) -> list[Role]:
        """The same for the service."""
        return [Role(name) for name in self.roles]


class UserQuery(ListQuery):
    """Filters and order of the list of users."""

    email: Annotated[Email | None, Field(description="Only the user with this address.")] = None
    sort: Annotated[
        Literal["created_at", "-created_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-created_at"]),
    ] = "-created_at"


class UserOut(ResponseSchema):
    """An account."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    email: Annotated[
        str,
        Field(
            max_length=MAX_EMAIL_LENGTH, description="Email address.", examples=["anne@example.com"]
        ),
    ]
    roles: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(
            max_length=10, strict=False, description="Names of its roles.", examples=[["customer"]]
        ),
        AfterValidator(sorted),
    ]
    is_active: Annotated[bool, Field(description="Whether it may be used.")]
    version: Annotated[
        int,
        Field(ge=1, le=MAX_VERSION, description="Grows by one with every change.", examples=[1]),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was created.")]
    updated_at: Annotated[Timestamp, Field(description="When it was last changed.")]


class CredentialsIn(RequestSchema):
    """What proves who signs in."""

    model_config = _AS_TYPED

    email: Email
    password: ShownPassword


class ApiKeyIn(RequestSchema):
    """An API key to make."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_KEY_NAME_LENGTH,
            description="What it is for.",
            examples=["Warehouse robot"],
        ),
        CLEAN_TEXT,
    ]
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=MAX_SCOPES,
            description="The permissions it is for. It has those that its owner has, too, and no others.",
            examples=[["account:read"]],
        ),
    ]
    expires_at: Annotated[
        Moment | None, Field(description="When it ends, with an offset; null: never.")
    ] = None


class ApiKeyQuery(ListQuery):
    """Order of the list of API keys."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-created_at"]),
    ] = "-created_at"


class ApiKeyOut(ResponseSchema):
    """An API key, without the key."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    name: Annotated[
        str,
        Field(max_length=MAX_KEY_NAME_LENGTH, description="What it is for.", examples=["Robot"]),
    ]
    prefix: Annotated[
        str,
        Field(max_length=40, description="How the key begins.", examples=["key_3f9a0c21b7de"]),
    ]
    scopes: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(max_length=MAX_SCOPES, strict=False, description="The permissions it is for."),
        AfterValidator(sorted),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was made.")]
    expires_at: Annotated[Timestamp | None, Field(description="When it ends; null: never.")]
    last_used_at: Annotated[
        Timestamp | None, Field(description="When it was last used, to the minute; null: not yet.")
    ]


class NewApiKeyOut(ApiKeyOut):
    """An API key just made. It is never shown again."""

    key: Annotated[str, Field(max_length=100, description="The whole key. Send it as `X-API-Key`.")]
