"""One place that turns every error into the common shape, whoever raised it.

Errors that nobody expected are left to the boundary.
"""

from flask import Flask, Response
from werkzeug import exceptions

from ..core.envelope import error_reply
from ..core.errors import AppError, Malformed, MethodNotAllowed, NotFound
from .responses import respond


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AppError, _on_app_error)
    app.register_error_handler(exceptions.HTTPException, _on_framework_error)


def _on_app_error(error: AppError) -> Response:
    return respond(error_reply(error))


def _on_framework_error(error: exceptions.HTTPException) -> Response:
    """What the router and the framework's own parsing say: no such route, no such method."""
    match error:
        case exceptions.NotFound():
            return respond(error_reply(NotFound()))
        case exceptions.MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return respond(error_reply(MethodNotAllowed(headers={"Allow": allowed})))
        case _:
            return respond(error_reply(Malformed()))
