"""One place that turns every error into the common shape, whoever raised it.

Errors that nobody expected are left to the boundary.
"""

from typing import Any, NoReturn, cast

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from ..core.envelope import error_reply
from ..core.errors import (
    AppError,
    BodyTooLarge,
    Forbidden,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
)
from ..core.validation import details_of
from .responses import respond


def install(api: NinjaAPI) -> None:
    """Register the handlers."""
    api.add_exception_handler(AppError, _on_app_error)
    api.add_exception_handler(ValidationError, _on_invalid_request)
    api.add_exception_handler(HttpError, _on_framework_error)
    api.add_exception_handler(Http404, _on_nothing_found)
    api.add_exception_handler(Exception, _on_anything_else)


def _on_app_error(_: HttpRequest, error: object) -> HttpResponse:
    return respond(error_reply(cast("AppError", error)))


def _on_invalid_request(_: HttpRequest, error: object) -> HttpResponse:
    findings = cast("ValidationError", error).errors
    return respond(error_reply(Invalid(details=details_of(findings))))


def _on_framework_error(*_: object) -> HttpResponse:
    return respond(error_reply(Malformed()))


def _on_nothing_found(*_: object) -> HttpResponse:
    return respond(error_reply(NotFound()))


def _on_anything_else(_: HttpRequest, error: Any) -> NoReturn:
    raise error


def bad_request(_: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's view for what it calls bad or suspicious (``handler400``)."""
    if isinstance(exception, RequestDataTooBig):
        return respond(error_reply(BodyTooLarge()))
    return respond(error_reply(Malformed("The request is not valid.")))


def permission_denied(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Django's view for what the admin pages forbid (``handler403``)."""
    return respond(error_reply(Forbidden()))


def page_not_found(_: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001 - the same
    """Django's view for addresses that are not there (``handler404``)."""
    return respond(error_reply(NotFound()))


def csrf_failure(_: HttpRequest, **__: object) -> HttpResponse:
    """Django's view for a form that another site may have sent (``CSRF_FAILURE_VIEW``)."""
    return respond(
        error_reply(Forbidden("The form has expired. Go back, reload it and try again."))
    )


def method_not_allowed(allowed: str) -> HttpResponse:
    """The answer to a method that an address does not have.

    Args:
        allowed: those that it has, as in ``Allow``. HEAD comes with GET.
    """
    methods = {method.strip() for method in allowed.split(",")}
    if "GET" in methods:
        methods.add("HEAD")
    return respond(error_reply(MethodNotAllowed(headers={"Allow": ", ".join(sorted(methods))})))
