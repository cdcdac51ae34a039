"""What handlers get: the services, the caller, the headers that steer a request."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, cast
from urllib.parse import parse_qsl

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from ninja.operation import Operation
from ninja.params.functions import Header
from pydantic import BaseModel, Field, GetPydanticSchema
from pydantic_core.core_schema import no_info_after_validator_function

from ..bootstrap import Container
from ..core import http
from ..core.actor import Actor
from ..core.conditional import Precondition
from ..core.envelope import Reply
from ..core.errors import AppError
from .gate import Gate
from .responses import respond

if TYPE_CHECKING:
    from .urls import Urls

_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}


class Request(WSGIRequest):
    """A request to one application.

    Attributes:
        services: what handlers call.
        gate: lets it in, or does not.
        urls: the addresses of the application.
        actor: who sends it, once it was let in.
        document: the JSON value of the body, once it is parsed.
    """

    services: Container
    gate: Gate
    urls: "Urls"
    actor: Actor
    document: object = None

    @property
    def encoding(self) -> str:
        """Of query strings and forms."""
        return "utf-8"

    @encoding.setter
    def encoding(self, charset: str) -> None:
        """Nothing: what a body claims to be written in says nothing about the query string."""


IfMatch = Annotated[
    Precondition,
    GetPydanticSchema(
        lambda _, handler: no_info_after_validator_function(
            Precondition.from_header, handler(Annotated[str | None, Field(max_length=200)])
        )
    ),
    Header(
        None,
        alias="If-Match",
        description="`ETag` of the version to change. Missing: 428, stale: 412.",
        examples=['"1"'],
        validate_default=True,
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        None,
        alias="If-None-Match",
        description="`ETag` that the caller holds. Unchanged: 304.",
        max_length=2000,
        examples=['"1"'],
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        description="Makes it safe to send the request again: the first answer is repeated for 24 hours.",
        max_length=255,
        examples=["5c1f0d8e-order"],
    ),
]


def once(
    request: Request, key: str | None, body: BaseModel, produce: Callable[[], Reply]
) -> HttpResponse:
    """Run the work of a request once for each ``Idempotency-Key``: produce the answer, or repeat the first one."""
    wanted = f"{request.method} {request.path}\n{body.model_dump_json()}".encode()
    return respond(
        request.services.idempotency.run(
            actor=request.actor, key=key, request=wanted, produce=produce
        )
    )


def strict(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse what an operation does not declare, before any of the request is taken in.

    A decorator of Django Ninja's for views, which hands over the bound method of an operation.
    """
    operation = cast("Operation", cast("Any", run).__self__)
    known = [
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]
    takes_body = any(model.__ninja_param_source__ == "body" for model in operation.models)

    @wraps(run)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _check(request, known=known, takes_body=takes_body)
        except AppError as error:
            return operation.api.on_exception(request, error)
        return run(request, *args, **kwargs)

    return checked


def _check(request: Request, *, known: list[str], takes_body: bool) -> None:
    content_type = request.META.get("CONTENT_TYPE")
    if takes_body and request.body and http.is_json(content_type):
        request.document = http.parse_json(request.body)
    sent = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    http.only_known_parameters([name for name, _ in sent], known)
    if request.method in _METHODS_WITH_BODY:
        http.require_json(request.body, content_type, expected=takes_body)
