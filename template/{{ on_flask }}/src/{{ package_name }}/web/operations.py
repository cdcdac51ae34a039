"""Routes for machines and for people who read: health, metrics, documents."""

from importlib.resources import files
from typing import Annotated

import flask_swagger_ui
from flask import Response, current_app
from pydantic import Field

from ..core import documentation, metrics
from ..core.envelope import MEDIA_TYPE
from ..core.health import Liveness, ReadinessOut
from .dependencies import Services
from .openapi import document_bytes
from .readiness import readiness_in_time
from .routing import Router

router = Router("operations", strict=False)
docs_router = Router("documentation", documented=False, strict=False)

_resources = files(flask_swagger_ui) / "dist"
_SWAGGER = {name: _resources / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")}


@router.get("/health/live", response_model=Liveness, summary="Does the process run?")
def live() -> Response:
    """Answers as long as the process runs. Asks nothing else, so restart the process if it is silent."""
    return Response(Liveness().model_dump_json(), content_type=MEDIA_TYPE)


@router.get(
    "/health/ready",
    response_model=ReadinessOut,
    responses={
        503: {"model": ReadinessOut, "description": "A component that is required does not work."}
    },
    summary="Can the service work?",
)
def ready(services: Services) -> Response:
    """Asks every component. Send no requests to an instance that is not ready."""
    found = readiness_in_time(services.health)
    return Response(
        found.body(services.settings.service_version),
        status=found.http_status,
        content_type=MEDIA_TYPE,
    )


@router.get(
    "/metrics",
    responses={
        200: {
            "description": "Text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    summary="Metrics for Prometheus",
)
def read_metrics() -> Response:
    """All metrics in the text format of Prometheus, summed over the server's processes."""
    content = metrics.exposition(shared=metrics.is_shared())
    return Response(content, content_type=metrics.CONTENT_TYPE)


@router.get("/openapi.json", response_model=dict[str, object], summary="This document")
def openapi_document() -> Response:
    """The OpenAPI document of the service."""
    return Response(document_bytes(current_app), content_type=MEDIA_TYPE)


@docs_router.get("/docs", summary="Interactive documentation")
def docs(services: Services) -> Response:
    """Interactive documentation."""
    return _send(documentation.page(services.settings.service_name))


@docs_router.get("/docs/<name>", summary="A file of the documentation page")
def docs_asset(name: Annotated[str, Field(max_length=40)]) -> Response:
    """A file of the documentation page."""
    return _send(documentation.asset(name, _SWAGGER))


def _send(asset: documentation.Asset) -> Response:
    return Response(asset.content, mimetype=asset.media_type, headers=documentation.HEADERS)
