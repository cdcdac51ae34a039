"""The OpenAPI document."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from ..core.openapi import canonical
from ..settings import Settings
from .access import PUBLIC


def operation_id(route: APIRoute) -> str:
    """The name of an operation for generated clients: that of its handler."""
    return route.name


def document(settings: Settings) -> dict[str, Any]:
    """The OpenAPI document of the service that these settings make."""
    from .app import create_app  # noqa: PLC0415 - the application needs this module first

    return canonical(create_app(settings).openapi(), public=PUBLIC)


def document_bytes(app: FastAPI) -> bytes:
    """The document of a running application, as JSON."""
    return json.dumps(canonical(app.openapi(), public=PUBLIC), ensure_ascii=False).encode()
