"""The API as Django Ninja sees it, and the OpenAPI document that follows from it."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.operation import Operation
from ninja.parser import Parser

from ..core.envelope import ErrorEnvelope
from ..core.openapi import canonical, error_statuses
from ..settings import Settings
from . import errors
from .access import PUBLIC
from .dependencies import Request

Node = dict[str, Any]


def answers(
    model: Any, *statuses: int, status: int = 200, body: bool = False, not_modified: bool = False
) -> dict[int, Any]:
    """Every response of a route, for its ``response``.

    Args:
        model: what the answer holds when all goes well; ``None`` for one without a body.
        statuses: errors that are particular to the route.
        status: of the answer when all goes well.
        body: whether it takes a body.
        not_modified: whether it can answer 304.
    """
    described = {
        status: model,
        **dict.fromkeys(error_statuses(*statuses, body=body), ErrorEnvelope),
    }
    if not_modified:
        described[304] = None
    return described


class Api(NinjaAPI):
    """The API of one application.

    Args:
        settings: of the service.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title=settings.service_name,
            version=settings.service_version,
            docs_url=None,
            openapi_url=None,
            parser=_Parser(),
        )
        errors.install(self)

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """The addresses, without one that Django Ninja adds by itself: at ``/`` there is nothing."""
        patterns, app_name, namespace = super().urls
        ours = [pattern for pattern in patterns if getattr(pattern, "name", None) != "api-root"]
        return ours, app_name, namespace

    def describe(self) -> Node:
        """The OpenAPI document."""
        return canonical(self.get_openapi_schema(path_prefix=""), public=PUBLIC)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of an operation for generated clients: that of its handler."""
        return operation.view_func.__name__

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """All that is wrong with a request. What is wrong with its body, without the name of the handler's argument."""
        found = super().validation_error_from_error_contexts(error_contexts)
        for finding in found.errors:
            if finding["loc"][0] == "body":
                finding["loc"] = ("body", *finding["loc"][2:])
        return found


class _Parser(Parser):
    """Hands on the body that ``dependencies.strict`` has parsed."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON value of the body."""
        return cast("Request", request).document


def document(settings: Settings) -> Node:
    """The OpenAPI document of the service that these settings make."""
    from .urls import Urls  # noqa: PLC0415 - the addresses need this module first

    return Urls(settings).api.describe()
