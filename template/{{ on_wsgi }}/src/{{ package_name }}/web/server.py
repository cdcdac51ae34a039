"""Runs the application in a server: gunicorn, on threads."""

import os
import sys
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from ..bootstrap import Container, build_container
from ..core.exchange import MAX_HEAD_BYTES, MAX_HEADERS, MAX_REQUEST_LINE_BYTES
from ..core.metrics import BUILD_INFO, forget_process, is_shared, shared_directory
from ..settings import Settings, export_to_children
from .app import create_app
from .boundary import MOST_WAITING
from .protocol import EnvelopeWorker, Log

_SPARE_THREADS = 8
"""For health and metrics, while every other thread has a request."""


class Server(BaseApplication):
    """gunicorn with settings of ours only: it reads no file, no arguments and no environment.

    Args:
        settings: of the service.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._container: Container | None = None
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings over."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        chosen = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.web_workers,
            "threads": settings.web_threads + MOST_WAITING + _SPARE_THREADS,
            "worker_class": EnvelopeWorker,
            "logger_class": Log,
            "graceful_timeout": round(settings.graceful_timeout_seconds),
            "keepalive": 5,
            "limit_request_line": MAX_REQUEST_LINE_BYTES,
            "limit_request_fields": MAX_HEADERS,
            "limit_request_field_size": MAX_HEAD_BYTES,
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "child_exit": _forget,
            "worker_exit": self._close,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the WSGI application, anew in each server process."""
        settings = self._settings
        self._container = build_container(settings)
        BUILD_INFO.labels(settings.service_name, settings.service_version).set(1)
        return create_app(settings, self._container)

    def _close(self, _: Arbiter, __: Worker) -> None:
        if self._container is not None:
            self._container.close()


def _forget(_: Arbiter, worker: Worker) -> None:
    if is_shared():
        forget_process(int(worker.pid))


def serve(settings: Settings) -> int:
    """Serve until told to stop, then let running requests finish; returns the exit status."""
    if settings.web_workers > 1 and not is_shared():
        # The library was imported with metrics for one process: begin again, with shared ones.
        export_to_children(shared_directory(settings.metrics_directory))
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the very command that is running
    Server(settings).run()
    return 0
