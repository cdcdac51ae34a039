"""Makes the web application."""

from flask import Flask, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from ..bootstrap import Container
from ..core.errors import NotFound
from ..core.perimeter import Perimeter
from ..settings import Settings
from . import errors, operations, router
from .boundary import ROUTE, RequestBoundary
from .gate import Gate
from .middleware import admit
from .routing import template_of


def create_app(settings: Settings, container: Container | None = None) -> Flask:
    """Make the application.

    Args:
        settings: of the service.
        container: what handlers call. Without one, the application can describe itself and no more.
    """
    app = Flask(__name__, static_folder=None)
    # An error that nobody expected is the boundary's; methods are those that routes name.
    app.config.update(PROPAGATE_EXCEPTIONS=True, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.merge_slashes = False
    app.extensions["settings"] = settings
    app.extensions["container"] = container
    if container is not None:
        app.extensions["gate"] = Gate(
            authenticator=container.authenticator, limits=container.limits
        )
    app.before_request(_refuse_empty_segment)
    app.before_request(_tell_route)
    app.before_request(admit)
    errors.install(app)
    operations.router.register(app)
    if settings.docs_active:
        operations.docs_router.register(app)
    router.include_slices(app)
    boundary = RequestBoundary(
        app.wsgi_app, perimeter=Perimeter.of(settings), handlers=settings.web_threads
    )
    app.wsgi_app = boundary  # type: ignore[method-assign] # Flask's own way to add middleware
    return app


def _refuse_empty_segment() -> None:
    """An address that begins with two slashes is another one; the router would take them for one.

    Raises:
        NotFound: the address begins so.
    """
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound


def _tell_route() -> None:
    """Let the boundary know the template of the route, also of one that lacks the method."""
    rule = request.url_rule
    refused = request.routing_exception
    if isinstance(refused, MethodNotAllowed) and refused.valid_methods:
        adapter = current_app.create_url_adapter(request)
        if adapter is not None:
            rule, _ = adapter.match(method=next(iter(refused.valid_methods)), return_rule=True)
    if rule is not None:
        request.environ[ROUTE] = template_of(rule.rule)
