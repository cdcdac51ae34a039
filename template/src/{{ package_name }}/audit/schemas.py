"""What callers send and get: the contract of the audit trail, the same for every web framework."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from ..core.pagination import ListQuery
from ..core.schema import CLEAN_TEXT, Identifier, ResponseSchema, Timestamp

_NAME_LENGTH = 100


class AuditQuery(ListQuery):
    """Filters and order of the list of audit entries."""

    actor_id: Annotated[Identifier | None, Field(description="Only what this user did.")] = None
    action: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=_NAME_LENGTH,
            description="Only this kind of operation.",
            examples=["users.set_roles"],
        ),
        CLEAN_TEXT,
    ] = None
    object_id: Annotated[
        Identifier | None, Field(description="Only what was done to this object.")
    ] = None
    sort: Annotated[
        Literal["occurred_at", "-occurred_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-occurred_at"]),
    ] = "-occurred_at"


class AuditEntryOut(ResponseSchema):
    """One sensitive operation."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    occurred_at: Annotated[Timestamp, Field(description="When it was done.")]
    actor_id: Annotated[UUID, Field(description="Who did it.")]
    action: Annotated[
        str,
        Field(max_length=_NAME_LENGTH, description="What was done.", examples=["users.set_roles"]),
    ]
    object_type: Annotated[
        str,
        Field(max_length=_NAME_LENGTH, description="To what kind of object.", examples=["user"]),
    ]
    object_id: Annotated[
        UUID | None, Field(description="To which one; null if to no single object.")
    ]
    before: Annotated[
        dict[str, Any], Field(description="What changed, as it was; secrets and persons masked.")
    ]
    after: Annotated[dict[str, Any], Field(description="The same as it is since then.")]
    request_id: Annotated[
        Annotated[str, Field(max_length=64)] | None,
        Field(description="The request that asked for it."),
    ]
