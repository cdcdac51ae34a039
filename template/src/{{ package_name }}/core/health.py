"""Is the service able to work? Asked by load balancers and by people at night."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, Field

log = structlog.get_logger(__name__)

Status = Literal["ok", "degraded", "unavailable"]
READINESS_SECONDS = 1.5
"""How long the components may take; then readiness answers without them."""


class Liveness(BaseModel):
    """The process runs."""

    status: Annotated[
        Literal["ok"], Field(description="Always ok: a dead process does not answer.")
    ] = "ok"


class ReadinessOut(BaseModel):
    """Whether the service can work."""

    status: Annotated[
        Status,
        Field(description="ok; degraded: without an optional part; unavailable: unable to work."),
    ]
    components: Annotated[
        dict[str, Annotated[str, Field(max_length=200)]],
        Field(description="Each part that the service depends on: ok, or why not."),
    ]
    version: Annotated[str, Field(max_length=64, description="Version of the service.")]


@dataclass(frozen=True, slots=True)
class Component:
    """A part that the service depends on.

    Attributes:
        check: raises, with a reason fit for the public, if the part does not work.
        required: whether the service is of no use without it.
    """

    check: Callable[[], None]
    required: bool = True


class NotReady(Exception):
    """A component does not work. The text is shown to everybody, so it reveals nothing."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the components said.

    Attributes:
        status: ``ok``; ``degraded`` if an optional part is down; ``unavailable`` if a required one is.
        components: by name, ``ok`` or the reason why not.
    """

    status: Status
    components: Mapping[str, str]

    @property
    def http_status(self) -> int:
        """503 keeps load balancers from sending requests."""
        return 503 if self.status == "unavailable" else 200

    def body(self, version: str) -> bytes:
        """The JSON text of the answer."""
        out = ReadinessOut(status=self.status, components=dict(self.components), version=version)
        return out.model_dump_json().encode()


class Health:
    """Asks every component.

    Args:
        components: by name.
    """

    def __init__(self, components: Mapping[str, Component]) -> None:
        self._components = dict(components)
        self._latest: dict[str, str] = {}

    def readiness(self) -> Readiness:
        """Check every component now."""
        status: Status = "ok"
        # A round that comes to no end has got somewhere: see `timed_out`.
        found = self._latest = {}
        for name, component in self._components.items():
            try:
                component.check()
            except NotReady as reason:
                found[name] = str(reason)
                log.warning("health.component_failed", component=name, reason=str(reason))
                if component.required:
                    status = "unavailable"
                elif status == "ok":
                    status = "degraded"
            else:
                found[name] = "ok"
        return Readiness(status=status, components=found)

    def timed_out(self) -> Readiness:
        """What to say when the components did not answer in time: those before the one that did not have."""
        known = dict(self._latest)
        return Readiness(
            status="unavailable",
            components={name: known.get(name, "no answer in time") for name in self._components},
        )
