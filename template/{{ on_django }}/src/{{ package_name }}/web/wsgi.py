"""The application by the name that WSGI servers look for. ``manage.py runserver`` is one; the service has its own."""

from collections.abc import Iterable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from ..bootstrap import build_container
from ..core.logging import configure_logging
from ..settings import load_settings
from .app import create_app
from .boundary import RequestBoundary

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_BUILDING = Lock()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Serve one request; the first one builds the application."""
    with _BUILDING:
        built = _application()
    return built(environ, start_response)


@cache
def _application() -> RequestBoundary:
    settings = load_settings()
    configure_logging(level=settings.log_level, console=settings.console_logs)
    return create_app(settings, build_container(settings))
