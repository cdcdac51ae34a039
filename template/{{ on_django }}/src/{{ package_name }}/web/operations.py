"""Routes for machines and for people who read: health, metrics, documents."""

import json
from importlib.resources import files
from typing import Annotated

import ninja
from django.http import HttpResponse
from ninja import Router
from ninja.params.functions import Path

from ..core import documentation, metrics
from ..core.envelope import MEDIA_TYPE
from ..core.health import Liveness, ReadinessOut
from .dependencies import Request
from .readiness import readiness_in_time

router = Router(tags=["operations"])
docs_router = Router()

_resources = files(ninja) / "static" / "ninja"
_SWAGGER = {name: _resources / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")}


@router.get("/health/live", response=Liveness, summary="Does the process run?")
def live(request: Request) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answers as long as the process runs. Asks nothing else, so restart the process if it is silent."""
    return HttpResponse(Liveness().model_dump_json(), content_type=MEDIA_TYPE)


@router.get(
    "/health/ready",
    response={200: ReadinessOut, 503: ReadinessOut},
    openapi_extra={
        "responses": {503: {"description": "A component that is required does not work."}}
    },
    summary="Can the service work?",
)
def ready(request: Request) -> HttpResponse:
    """Asks every component. Send no requests to an instance that is not ready."""
    found = readiness_in_time(request.services.health)
    return HttpResponse(
        found.body(request.services.settings.service_version),
        status=found.http_status,
        content_type=MEDIA_TYPE,
    )


@router.get(
    "/metrics",
    openapi_extra={
        "responses": {
            200: {
                "description": "Text format of Prometheus.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        }
    },
    summary="Metrics for Prometheus",
)
def read_metrics(request: Request) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """All metrics in the text format of Prometheus, summed over the server's processes."""
    content = metrics.exposition(shared=metrics.is_shared())
    return HttpResponse(content, content_type=metrics.CONTENT_TYPE)


@router.get("/openapi.json", response=dict[str, object], summary="This document")
def openapi_document(request: Request) -> HttpResponse:
    """The OpenAPI document of the service."""
    text = json.dumps(request.urls.api.describe(), ensure_ascii=False)
    return HttpResponse(text.encode(), content_type=MEDIA_TYPE)


@docs_router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HttpResponse:
    """Interactive documentation."""
    return _send(documentation.page(request.services.settings.service_name))


@docs_router.get("/docs/{name}", include_in_schema=False)
def docs_asset(
    request: Request,  # noqa: ARG001 - Django's signature
    name: Annotated[str, Path(max_length=40)],
) -> HttpResponse:
    """A file of the documentation page."""
    return _send(documentation.asset(name, _SWAGGER))


def _send(asset: documentation.Asset) -> HttpResponse:
    return HttpResponse(
        asset.content,
        content_type=f"{asset.media_type}; charset=utf-8",
        headers=dict(documentation.HEADERS),
    )
