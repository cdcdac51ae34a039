"""What callers send and get: the contract of jobs, the same for every web framework."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ..core.job_schemas import Attempts, Kind
from ..core.jobs import MAX_ERROR_LENGTH, MAX_NAME_LENGTH
from ..core.pagination import ListQuery
from ..core.schema import CLEAN_TEXT, ResponseSchema, Timestamp


class DeadJobQuery(ListQuery):
    """Filters and order of the list of jobs that were given up."""

    kind: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_NAME_LENGTH,
            description="Only this kind of job.",
            examples=["housekeeping.purge"],
        ),
        CLEAN_TEXT,
    ] = None
    sort: Annotated[
        Literal["finished_at", "-finished_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-finished_at"]),
    ] = "-finished_at"


class DeadJobOut(ResponseSchema):
    """A job that was given up. What it was given is not shown: it may be personal."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    kind: Kind
    attempts: Attempts
    error: Annotated[
        str | None,
        Field(max_length=MAX_ERROR_LENGTH, description="What the last attempt ended with."),
    ]
    actor_id: Annotated[UUID, Field(description="Who asked for it.")]
    request_id: Annotated[
        Annotated[str, Field(max_length=64)] | None,
        Field(description="The request that asked for it; null outside of one."),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was asked for.")]
    finished_at: Annotated[Timestamp | None, Field(description="When it was given up.")]
