"""What callers send and get: the contract of jobs, the same for every web framework."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, Json

from ..core.jobs import JobStatus
from ..core.pagination import ListQuery
from ..core.schema import CLEAN_TEXT, ResponseSchema, Timestamp

_NAME_LENGTH = 100
_MOST_ATTEMPTS = 1_000_000

Kind = Annotated[
    str,
    Field(max_length=_NAME_LENGTH, description="What it does.", examples=["housekeeping.purge"]),
]
Attempts = Annotated[
    int, Field(ge=0, le=_MOST_ATTEMPTS, description="Attempts begun so far.", examples=[1])
]


class JobOut(ResponseSchema):
    """A job, as the one who asked for it may follow it."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    kind: Kind
    status: Annotated[
        JobStatus,
        Field(
            description=(
                "`queued`: not tried yet. `running`. `failed`: the last attempt failed, another one follows. "
                "`succeeded`. `dead`: given up, somebody has to look at it."
            ),
            examples=["running"],
        ),
    ]
    progress: Annotated[int, Field(ge=0, le=100, description="How far it is, percent.")]
    attempts: Attempts
    result: Annotated[
        Json[dict[str, Any]] | None,
        Field(description="What came out of it; null before it has succeeded."),
    ]
    error: Annotated[
        str | None, Field(description="What the last attempt ended with; null if it did not fail.")
    ]
    created_at: Annotated[Timestamp, Field(description="When it was asked for.")]
    started_at: Annotated[
        Timestamp | None, Field(description="When the last attempt began; null before the first.")
    ]
    finished_at: Annotated[
        Timestamp | None, Field(description="When it succeeded or was given up; null before that.")
    ]


class DeadJobQuery(ListQuery):
    """Filters and order of the list of jobs that were given up."""

    kind: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=_NAME_LENGTH,
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
    error: Annotated[str | None, Field(description="What the last attempt ended with.")]
    actor_id: Annotated[UUID, Field(description="Who asked for it.")]
    request_id: Annotated[
        Annotated[str, Field(max_length=64)] | None,
        Field(description="The request that asked for it; null outside of one."),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was asked for.")]
    finished_at: Annotated[Timestamp | None, Field(description="When it was given up.")]
