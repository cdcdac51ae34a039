"""Runs the application in a server: uvicorn."""

import signal

import uvicorn
from fastapi import FastAPI

from ..core.logging import configure_logging
from ..core.metrics import shared_directory
from ..settings import Settings, export_to_children, load_settings
from .app import create_app


def application() -> FastAPI:
    """The application, made anew in each server process."""
    settings = load_settings()
    configure_logging(level=settings.log_level, console=settings.console_logs)
    return create_app(settings)


def serve(settings: Settings) -> int:
    """Serve until told to stop, then let running requests finish; returns the exit status."""
    if settings.web_workers > 1:
        export_to_children(shared_directory(settings.metrics_directory))
    # Once it has shut down, uvicorn raises the signal again: being told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
        f"{__name__}:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_workers,
        http=f"{__package__}.protocol:EnvelopeProtocol",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the boundary asks whom to believe, the server would believe its own machine
        timeout_graceful_shutdown=round(settings.graceful_timeout_seconds),
    )
    return 0
