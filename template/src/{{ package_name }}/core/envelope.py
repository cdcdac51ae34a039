"""The one shape of every JSON answer: ``data``, ``error``, ``meta`` and ``pagination``.

A :class:`Reply` is an answer before it meets a web framework: handlers build one, the framework's
``web/responses.py`` sends it. Replies hold the JSON text that the response schema wrote, so that no
framework has to validate and serialise the data a second time.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from .conditional import entity_tag, is_unchanged
from .errors import AppError
from .pagination import Cursors, Page

Data = TypeVar("Data")

MEDIA_TYPE = "application/json"
_NULL = b"null"


class Meta(BaseModel):
    """Facts about the answer itself."""

    model_config = ConfigDict(extra="forbid")

    request_id: Annotated[
        str,
        Field(
            max_length=64,
            description="Identifies the request in our logs.",
            examples=["checkout-4711"],
        ),
    ]


class Pagination(BaseModel):
    """Where the neighbouring pages are."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100, description="Most items on a page.", examples=[50])]
    next_cursor: Annotated[
        str | None, Field(max_length=2000, description="Cursor of the next page; null on the last.")
    ]
    previous_cursor: Annotated[
        str | None,
        Field(max_length=2000, description="Cursor of the page before; null on the first."),
    ]


class ErrorItem(BaseModel):
    """One thing that is wrong with one part of the request."""

    model_config = ConfigDict(extra="forbid")

    field: Annotated[
        str, Field(max_length=2000, description="Dotted path.", examples=["lines.0.quantity"])
    ]
    code: Annotated[str, Field(max_length=100, description="Stable name.", examples=["too_small"])]
    message: Annotated[str, Field(max_length=2000, description="The same for a person.")]


class ErrorBody(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[
        str, Field(max_length=100, description="Stable name.", examples=["request.invalid"])
    ]
    message: Annotated[str, Field(max_length=2000, description="The same for a person.")]
    details: Annotated[
        list[ErrorItem],
        Field(max_length=2000, description="What is wrong with which part of the request."),
    ]


class Envelope(BaseModel, Generic[Data]):
    """A successful answer with one object."""

    model_config = ConfigDict(extra="forbid")

    data: Annotated[Data, Field(description="The object.")]
    error: Annotated[None, Field(description="Always null in a successful answer.")]
    meta: Annotated[Meta, Field(description="About the answer.")]
    pagination: Annotated[None, Field(description="Always null outside lists.")]


class ListEnvelope(BaseModel, Generic[Data]):
    """A successful answer with a page of a list."""

    model_config = ConfigDict(extra="forbid")

    data: Annotated[list[Data], Field(max_length=500, description="The objects, in order.")]
    error: Annotated[None, Field(description="Always null in a successful answer.")]
    meta: Annotated[Meta, Field(description="About the answer.")]
    pagination: Annotated[
        Pagination | None, Field(description="Where the neighbouring pages are; null for a batch.")
    ]


class ErrorEnvelope(BaseModel):
    """An answer that reports an error."""

    model_config = ConfigDict(extra="forbid")

    data: Annotated[None, Field(description="Always null in an error answer.")]
    error: Annotated[ErrorBody, Field(description="What went wrong.")]
    meta: Annotated[Meta, Field(description="About the answer.")]
    pagination: Annotated[None, Field(description="Always null in an error answer.")]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, independent of the web framework.

    Attributes:
        status: HTTP status.
        data: JSON text of the ``data`` member; ``None`` for an answer without a body.
        error: JSON text of the ``error`` member.
        pagination: JSON text of the ``pagination`` member.
        headers: further response headers.
    """

    status: int
    data: bytes | None = None
    error: bytes | None = None
    pagination: bytes = _NULL
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> bytes:
        """The whole body, with the envelope around the data; empty for an answer without one."""
        if self.data is None and self.error is None:
            return b""
        meta = json.dumps(request_id).encode()
        return b'{"data":%b,"error":%b,"meta":{"request_id":%b},"pagination":%b}' % (
            self.data or _NULL,
            self.error or _NULL,
            meta,
            self.pagination,
        )


@cache
def _adapter(schema: Any) -> TypeAdapter[Any]:
    """Validators are compiled once for each schema."""
    return TypeAdapter(schema)


def _json(schema: Any, value: object) -> bytes:
    adapter = _adapter(schema)
    return adapter.dump_json(adapter.validate_python(value, from_attributes=True))


def member_reply(
    schema: type[BaseModel],
    entity: Any,
    *,
    status: int = 200,
    location: str | None = None,
    if_none_match: str | None = None,
) -> Reply:
    """Answer with one object that has a ``version``: with its ``ETag``, or 304 if the caller has it."""
    headers = {"ETag": entity_tag(entity.version), "Cache-Control": "no-cache"}
    if is_unchanged(if_none_match, entity.version):
        return Reply(status=304, headers=headers)
    if location is not None:
        headers["Location"] = location
    return Reply(status=status, data=_json(schema, entity), headers=headers)


def object_reply(
    schema: type[BaseModel], value: object, *, status: int = 200, location: str | None = None
) -> Reply:
    """Answer with one object that has no version, and so no ``ETag``."""
    headers = {} if location is None else {"Location": location}
    return Reply(status=status, data=_json(schema, value), headers=headers)


def batch_reply(schema: type[BaseModel], entities: Iterable[Any], *, status: int = 201) -> Reply:
    """Answer with several objects that do not form a page of a list."""
    return Reply(status=status, data=_json(list[schema], list(entities)))  # type: ignore[valid-type]


def page_reply(schema: type[BaseModel], page: Page[Any], cursors: Cursors) -> Reply:
    """Answer with a page of a list and the cursors of its neighbours."""
    pagination = Pagination(
        limit=page.request.limit,
        next_cursor=cursors.encode(page.request, page.next_position),
        previous_cursor=cursors.encode(page.request, page.previous_position),
    )
    return Reply(
        status=200,
        data=_json(list[schema], list(page.items)),  # type: ignore[valid-type]
        pagination=pagination.model_dump_json().encode(),
        headers={"Cache-Control": "no-cache"},
    )


def empty_reply() -> Reply:
    """Answer without a body."""
    return Reply(status=204)


def error_reply(error: AppError) -> Reply:
    """The answer to an expected error."""
    body = ErrorBody(
        code=error.code,
        message=error.text,
        details=[
            ErrorItem(field=item.field, code=item.code, message=item.message)
            for item in error.details
        ],
    )
    return Reply(
        status=error.status,
        error=body.model_dump_json().encode(),
        headers={"Cache-Control": "no-store", **error.headers},
    )
