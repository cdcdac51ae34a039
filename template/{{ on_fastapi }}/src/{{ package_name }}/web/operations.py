"""Routes for machines and for people who read: health, metrics, documents."""

from importlib.resources import files
from typing import Annotated

import fastapi_swagger
from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from ..core import documentation, metrics
from ..core.envelope import MEDIA_TYPE
from ..core.health import READINESS_SECONDS, Liveness, Readiness, ReadinessOut
from .dependencies import Services
from .openapi import document_bytes

router = APIRouter(tags=["operations"])
docs_router = APIRouter(include_in_schema=False)

# Threads of their own: a service whose handlers are all busy must still be able to say how it is.
_health_threads = CapacityLimiter(2)
_resources = files(fastapi_swagger) / "resources"
_SWAGGER = {name: _resources / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")}


@router.get("/health/live", response_model=Liveness, summary="Does the process run?")
async def live() -> Response:
    """Answers as long as the process runs. Asks nothing else, so restart the process if it is silent."""
    return Response(Liveness().model_dump_json(), media_type=MEDIA_TYPE)


@router.get(
    "/health/ready",
    response_model=ReadinessOut,
    responses={
        503: {"model": ReadinessOut, "description": "A component that is required does not work."}
    },
    summary="Can the service work?",
)
async def ready(services: Services) -> Response:
    """Asks every component. Send no requests to an instance that is not ready."""
    found: Readiness | None = None
    with move_on_after(READINESS_SECONDS):
        found = await to_thread.run_sync(
            services.health.readiness, abandon_on_cancel=True, limiter=_health_threads
        )
    found = found or services.health.timed_out()
    return Response(
        found.body(services.settings.service_version),
        status_code=found.http_status,
        media_type=MEDIA_TYPE,
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    summary="Metrics for Prometheus",
)
async def read_metrics(services: Services) -> Response:
    """All metrics in the text format of Prometheus, summed over the server's processes."""
    content = metrics.exposition(shared=services.settings.web_workers > 1)
    return Response(content, media_type=metrics.CONTENT_TYPE)


@router.get("/openapi.json", response_model=dict[str, object], summary="This document")
async def openapi_document(request: Request) -> Response:
    """The OpenAPI document of the service."""
    return Response(document_bytes(request.app), media_type="application/json")


@docs_router.get("/docs")
async def docs(request: Request) -> Response:
    """Interactive documentation."""
    return _send(documentation.page(request.app.title))


@docs_router.get("/docs/{name}")
async def docs_asset(name: Annotated[str, Path(max_length=40)]) -> Response:
    """A file of the documentation page."""
    return _send(documentation.asset(name, _SWAGGER))


def _send(asset: documentation.Asset) -> Response:
    return Response(asset.content, media_type=asset.media_type, headers=dict(documentation.HEADERS))
