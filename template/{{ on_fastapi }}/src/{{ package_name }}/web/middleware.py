"""Lets requests in before their handlers run."""

import re
from collections.abc import Iterator
from functools import partial
from typing import cast

from anyio import to_thread
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..core.authentication import RequestHead
from .gate import Gate

_Entry = tuple[re.Pattern[str], frozenset[str], Route]


class GateMiddleware:
    """ASGI middleware: no request gets past it to a route without having been admitted.

    An address that no route has, and a method that the address lacks, are the router's to answer.

    Args:
        app: the next layer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._routes: tuple[_Entry, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self._route_of(scope) if scope["type"] == "http" else None
        if route is not None:
            scope["route"] = route  # also of a request that is refused
            gate = cast("Gate", scope["app"].state.gate)
            headers = Headers(scope=scope)
            head = RequestHead(scope["method"], partial(_all_of, headers))
            admit = partial(gate.admit, head, route=route.path_format)
            if gate.is_instant(method=scope["method"], route=route.path_format):
                admission = admit()
            else:
                # It asks the database or the cache. The threads may all be busy; what tells how the
                # service is must not wait for one of them.
                admission = await to_thread.run_sync(admit)
            admission.note()
            scope.setdefault("state", {})["actor"] = admission.actor
        await self._app(scope, receive, send)

    def _route_of(self, scope: Scope) -> Route | None:
        """The route that will handle the request."""
        found = _first(self._routes, scope)
        if found is None:
            # Nobody, so far. Routes can be added at any time; one that is new has to be known before it is used.
            self._routes = tuple(_entries(cast("FastAPI", scope["app"])))
            found = _first(self._routes, scope)
        return found


def _all_of(headers: Headers, name: str) -> str | None:
    """The values of a header as one (RFC 9110, section 5.3): two credentials are not good for one of them."""
    values = headers.getlist(name)
    return ", ".join(values) if values else None


def _entries(app: FastAPI) -> Iterator[_Entry]:
    """Every route, in the order in which the router tries them."""
    for found in iter_route_contexts(app.router.routes):
        yield found.path_regex, frozenset(found.methods or ()), cast("Route", found.original_route)


def _first(routes: tuple[_Entry, ...], scope: Scope) -> Route | None:
    for pattern, methods, route in routes:
        if scope["method"] in methods and pattern.match(scope["path"]):
            return route
    return None
