"""Makes the web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from ..bootstrap import Container, build_container
from ..core.exchange import COMPRESSION_LEVEL, SMALLEST_COMPRESSED_BYTES
from ..core.metrics import BUILD_INFO
from ..core.perimeter import Perimeter
from ..settings import Settings
from . import errors, operations, router
from .boundary import RequestBoundary
from .gate import Gate
from .middleware import GateMiddleware
from .openapi import operation_id


def create_app(settings: Settings, container: Container | None = None) -> FastAPI:
    """Make the application.

    Args:
        settings: of the service.
        container: what handlers call; by default it is built when the application starts, and closed
            when it stops. A container that is handed in stays open.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Handlers run in threads. A few of them, each with a database connection to hand, answer more
        # requests with less delay than many that queue up for connections.
        to_thread.current_default_thread_limiter().total_tokens = settings.web_threads
        app.state.container = services = container or build_container(settings)
        app.state.gate = Gate(authenticator=services.authenticator, limits=services.limits)
        BUILD_INFO.labels(settings.service_name, settings.service_version).set(1)
        yield
        if container is None:
            app.state.container.close()

    app = FastAPI(
        title=settings.service_name,
        version=settings.service_version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
    )
    app.state.settings = settings
    errors.install(app)
    app.include_router(operations.router)
    if settings.docs_active:
        app.include_router(operations.docs_router)
    router.include_slices(app)
    app.add_middleware(GateMiddleware)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=SMALLEST_COMPRESSED_BYTES,
        compresslevel=COMPRESSION_LEVEL,
    )
    app.add_middleware(RequestBoundary, perimeter=Perimeter.of(settings))
    return app
