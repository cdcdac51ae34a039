"""A job as callers see it: the slices that ask for jobs answer with it, and that of the jobs itself."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, Json

from .jobs import MAX_ERROR_LENGTH, MAX_NAME_LENGTH, JobStatus
from .schema import ResponseSchema, Timestamp

_MOST_ATTEMPTS = 1_000_000

Kind = Annotated[
    str,
    Field(max_length=MAX_NAME_LENGTH, description="What it does.", examples=["housekeeping.purge"]),
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
                "`queued`: waits to be tried. `running`. `failed`: the last attempt failed, another one follows. "
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
        str | None,
        Field(
            max_length=MAX_ERROR_LENGTH,
            description="What the last attempt ended with; null if it did not fail.",
        ),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was asked for.")]
    started_at: Annotated[
        Timestamp | None, Field(description="When the last attempt began; null before the first.")
    ]
    finished_at: Annotated[
        Timestamp | None, Field(description="When it succeeded or was given up; null before that.")
    ]
