"""One place that turns every error into the common shape, whoever raised it."""

from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from ..core.envelope import error_reply
from ..core.errors import AppError, Invalid, Malformed, MethodNotAllowed, NotFound
from ..core.validation import details_of
from .responses import respond

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_framework_error)


async def _on_app_error(_: Request, error: Exception) -> Response:
    return respond(error_reply(cast("AppError", error)))


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    findings = cast("RequestValidationError", error).errors()
    if any(finding["type"] == "json_invalid" for finding in findings):
        return respond(error_reply(Malformed()))
    return respond(error_reply(Invalid(details=details_of(findings))))


async def _on_framework_error(request: Request, error: Exception) -> Response:
    """What the router and the framework's own parsing say: no such route, no such method, bad body."""
    match cast("HTTPException", error).status_code:
        case HTTPStatus.NOT_FOUND:
            return respond(error_reply(NotFound()))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return respond(
                error_reply(MethodNotAllowed(headers={"Allow": ", ".join(_allowed(request))}))
            )
        case _:
            return respond(error_reply(Malformed()))


def _allowed(request: Request) -> list[str]:
    """Every method that some route has at this address. The router names only the first route's."""
    routes = cast("list[BaseRoute]", request.app.routes)
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else method})[0]
            is Match.FULL
            for route in routes
        )
    ]
