"""The outermost layer of every request, whatever becomes of it further in.

It gives the request its id, finds out where it comes from and whether it is meant for this service, answers
browsers that ask for another origin, bounds the body, measures and logs, adds the headers that every response
has, and turns an error that nobody expected into a 500 in the common shape.
"""

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..core.addresses import client_address
from ..core.cors import CrossOrigins
from ..core.envelope import error_reply
from ..core.errors import AppError
from ..core.exchange import (
    CLIENT_GONE,
    ClientGone,
    Exchange,
    accepts_gzip,
    body_too_large,
    check_announced,
    complete,
    following,
    is_operational,
)
from ..core.http import REQUEST_ID_HEADER
from ..core.perimeter import Perimeter
from .responses import send_reply

log = structlog.get_logger("http")


class RequestBoundary:
    """ASGI middleware; has to be the outermost one.

    Args:
        app: the next layer.
        perimeter: what is let through.
    """

    def __init__(self, app: ASGIApp, *, perimeter: Perimeter) -> None:
        self._app = app
        self._perimeter = perimeter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer, _ = scope.get("client") or (None, None)
        with following(
            method=scope["method"],
            path=scope["path"],
            request_id=headers.get(REQUEST_ID_HEADER),
            client_address=client_address(
                peer, headers.getlist("x-forwarded-for"), self._perimeter.proxies
            ),
        ) as exchange:
            await self._serve(dict(scope), receive, send, exchange)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        headers = MutableHeaders(scope=scope)
        origins, origin = self._perimeter.origins, headers.get("origin")
        response = _Response(send, exchange, origins, origin, head=scope["method"] == "HEAD")
        granted = origins.preflight(
            method=scope["method"],
            origin=origin,
            asks_for=headers.get("access-control-request-method"),
        )
        if granted is not None:
            await send_reply(granted, scope, receive, response.send)
            return
        if scope["method"] == "HEAD":
            scope["method"] = "GET"  # the same answer, without its body
        # The compressing layer looks for a word, and would take "gzip;q=0" for consent.
        accepted = accepts_gzip(headers.get("accept-encoding", ""))
        headers["accept-encoding"] = "gzip" if accepted else "identity"
        try:
            if not is_operational(scope["path"]):
                self._perimeter.hosts.check(headers.getlist("host"))
            await self._app(scope, await self._bounded(scope, receive), response.send)
        except ClientGone:
            exchange.status = CLIENT_GONE
        except AppError as error:
            await send_reply(error_reply(error), scope, receive, response.send)
        except Exception:
            exchange.route = _route(scope, exchange)
            log.exception("http.unhandled_error", method=exchange.method, route=exchange.route)
            exchange.fail()
            if not response.started:
                await send_reply(error_reply(AppError()), scope, receive, response.send)
        finally:
            exchange.route = _route(scope, exchange)

    async def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Read the body, up to the limit; returns a ``receive`` that hands it on."""
        headers = Headers(scope=scope)
        most = self._perimeter.max_body_bytes
        check_announced(
            content_encoding=headers.get("content-encoding"),
            content_length=headers.get("content-length"),
            max_body_bytes=most,
        )
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                raise body_too_large(most)
        handed_on = False

        async def replay() -> Message:
            nonlocal handed_on
            if handed_on:
                return await receive()
            handed_on = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


class _Response:
    """Watches the response go out, and completes its headers."""

    def __init__(
        self,
        send: Send,
        exchange: Exchange,
        origins: CrossOrigins,
        origin: str | None,
        *,
        head: bool,
    ) -> None:
        self._send = send
        self._exchange = exchange
        self._origins = origins
        self._origin = origin
        self._head = head
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._exchange.status = message["status"]
            headers = MutableHeaders(scope=message)
            complete(headers)
            self._origins.complete(headers, self._origin)
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)


def _route(scope: Scope, exchange: Exchange) -> str:
    """The template of the route that the router found, if it found one."""
    return getattr(scope.get("route"), "path", exchange.route)
