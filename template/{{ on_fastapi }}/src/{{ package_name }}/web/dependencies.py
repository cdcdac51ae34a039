"""What handlers declare to get: the services, the caller, the headers that steer a request.

These are ``async`` although they wait for nothing: FastAPI runs plain functions in the thread pool, and
each would cost a request a detour through a thread.
"""

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from ..bootstrap import Container
from ..core import http
from ..core.actor import Actor
from ..core.conditional import Precondition
from ..core.envelope import Reply
from .responses import respond

_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}


async def _container(request: Request) -> Container:
    return cast("Container", request.app.state.container)


async def _actor(request: Request) -> Actor:
    return cast("Actor", request.state.actor)


async def _precondition(
    if_match: Annotated[
        str | None,
        Header(
            description="`ETag` of the version to change. Missing: 428, stale: 412.",
            max_length=200,
            examples=['"1"'],
        ),
    ] = None,
) -> Precondition:
    return Precondition.from_header(if_match)


async def require_json(request: Request) -> None:
    """Refuse a body that is not JSON, and a missing one where the route takes one."""
    if request.method in _METHODS_WITH_BODY:
        declared = bool(cast("APIRoute", request.scope["route"]).dependant.body_params)
        http.require_json(
            await request.body(), request.headers.get("content-type"), expected=declared
        )


async def only_known_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not declare, and those that come twice."""
    known = _query_parameters(cast("APIRoute", request.scope["route"]).dependant)
    http.only_known_parameters([name for name, _ in request.query_params.multi_items()], known)


def _query_parameters(dependant: Dependant) -> set[str]:
    names: set[str] = set()
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names.update(annotation.model_fields)
        else:
            names.add(parameter.alias)
    return names


Services = Annotated[Container, Depends(_container)]
CurrentActor = Annotated[Actor, Depends(_actor)]
IfMatch = Annotated[Precondition, Depends(_precondition)]
IfNoneMatch = Annotated[
    str | None,
    Header(
        description="`ETag` that the caller holds. Unchanged: 304.",
        max_length=2000,
        examples=['"1"'],
    ),
]


class _Once:
    """Runs the work of one request once for each ``Idempotency-Key``."""

    def __init__(self, services: Container, actor: Actor, key: str | None, route: str) -> None:
        self._services = services
        self._actor = actor
        self._key = key
        self._route = route

    def __call__(self, body: BaseModel, produce: Callable[[], Reply]) -> Response:
        """Produce the answer, or repeat the first one."""
        request = f"{self._route}\n{body.model_dump_json()}".encode()
        return respond(
            self._services.idempotency.run(
                actor=self._actor, key=self._key, request=request, produce=produce
            )
        )


async def _once(
    request: Request,
    services: Services,
    actor: CurrentActor,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Makes it safe to send the request again: the first answer is repeated for 24 hours.",
            max_length=255,
            examples=["5c1f0d8e-order"],
        ),
    ] = None,
) -> _Once:
    return _Once(services, actor, idempotency_key, f"{request.method} {request.url.path}")


Once = Annotated[_Once, Depends(_once)]
