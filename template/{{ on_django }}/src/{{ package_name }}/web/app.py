"""Makes the web application."""

from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from ..bootstrap import Container
from ..core.errors import UnsupportedMediaType
from ..core.perimeter import Perimeter
from ..settings import Settings
from . import errors
from .boundary import ROUTE, RequestBoundary
from .dependencies import Request
from .gate import Gate
from .urls import Urls, is_admin_page, nothing_here, template_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ADMIN_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; img-src 'self' data:; "
        "script-src 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # Browsers that are told to send no referrer hide the origin of a form too, and Django asks for it.
    "Referrer-Policy": "same-origin",
}
"""For the admin pages, which have forms and scripts of their own."""

_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


def create_app(settings: Settings, container: Container | None = None) -> "Application":
    """Make the application.

    Args:
        settings: of the service.
        container: what handlers call. Without one, the application can describe itself and no more.
    """
    return Application(settings, container)


class Application(RequestBoundary):
    """Django inside the boundary.

    Args:
        settings: of the service.
        container: what handlers call.

    Attributes:
        settings: of the service.
        urls: its addresses.
    """

    def __init__(self, settings: Settings, container: Container | None) -> None:
        self.settings = settings
        self.urls = Urls(settings)
        super().__init__(
            Handler(self.urls, container),
            perimeter=Perimeter.of(settings),
            handlers=settings.web_threads,
        )


class Handler(WSGIHandler):
    """Django's handler, with the addresses and the services of one application.

    Args:
        urls: the addresses.
        container: what handlers call.
    """

    request_class = Request

    def __init__(self, urls: Urls, container: Container | None) -> None:
        super().__init__()
        self._urls = urls
        self._container = container
        if container is not None:
            self._gate = Gate(authenticator=container.authenticator, limits=container.limits)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        """Serve one request.

        Raises:
            UnsupportedMediaType: the content type is none at all.
        """
        try:
            return super().__call__(environ, start_response)
        except BadRequest as error:
            raise UnsupportedMediaType from error

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request, and tell the boundary which route it was."""
        ours = cast("Request", request)
        ours.urls = self._urls
        ours.urlconf = cast("Any", self._urls)  # any object with patterns will do
        ours.services = cast("Container", self._container)
        ours.gate = self._gate
        try:
            with self._database_for(ours.path_info):
                response = super().get_response(ours)
        finally:
            match = ours.resolver_match
            if match is not None and match.func is not nothing_here:
                ours.META[ROUTE] = template_of(match.route)
        if match is None and response.status_code == HTTPStatus.OK:
            # A file of the admin pages: middleware serves them, without a route.
            ours.META[ROUTE] = f"/{self._urls.admin_prefix}/static/{{name}}"
        return self._completed(response, match)

    def _database_for(self, path: str) -> AbstractContextManager[object]:
        """The admin pages use the database without a service: on a connection borrowed for the whole request."""
        prefix = self._urls.admin_prefix
        if self._container is None or prefix is None or not path.startswith(f"/{prefix}/"):
            return nullcontext()
        return self._container.database.reading()

    def _completed(
        self, response: HttpResponseBase, match: ResolverMatch | None
    ) -> HttpResponseBase:
        if isinstance(response, HttpResponseNotAllowed):
            response = errors.method_not_allowed(response["Allow"])
        if isinstance(response, HttpResponse) and response.status_code not in _WITHOUT_BODY:
            response["Content-Length"] = str(len(response.content))
        if match is not None and is_admin_page(match):
            for name, value in ADMIN_HEADERS.items():
                response[name] = value
        return response
