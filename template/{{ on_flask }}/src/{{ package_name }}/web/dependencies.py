"""What handlers declare to get: the services, the caller, the headers that steer a request."""

from collections.abc import Callable
from typing import Annotated, cast

from flask import Response, current_app, g, request
from pydantic import BaseModel, Field

from ..bootstrap import Container
from ..core.actor import Actor
from ..core.conditional import Precondition
from ..core.envelope import Reply
from .responses import respond
from .routing import Depends, Header


def _container() -> Container:
    return cast("Container", current_app.extensions["container"])


def _actor() -> Actor:
    return cast("Actor", g.actor)


def _precondition(
    if_match: Annotated[
        str | None,
        Field(
            description="`ETag` of the version to change. Missing: 428, stale: 412.",
            max_length=200,
            examples=['"1"'],
        ),
        Header(),
    ] = None,
) -> Precondition:
    return Precondition.from_header(if_match)


Services = Annotated[Container, Depends(_container)]
CurrentActor = Annotated[Actor, Depends(_actor)]
IfMatch = Annotated[Precondition, Depends(_precondition)]
IfNoneMatch = Annotated[
    str | None,
    Field(
        description="`ETag` that the caller holds. Unchanged: 304.",
        max_length=2000,
        examples=['"1"'],
    ),
    Header(),
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
        wanted = f"{self._route}\n{body.model_dump_json()}".encode()
        return respond(
            self._services.idempotency.run(
                actor=self._actor, key=self._key, request=wanted, produce=produce
            )
        )


def _once(
    services: Services,
    actor: CurrentActor,
    idempotency_key: Annotated[
        str | None,
        Field(
            description="Makes it safe to send the request again: the first answer is repeated for 24 hours.",
            max_length=255,
            examples=["5c1f0d8e-order"],
        ),
        Header(),
    ] = None,
) -> _Once:
    return _Once(services, actor, idempotency_key, f"{request.method} {request.path}")


Once = Annotated[_Once, Depends(_once)]
