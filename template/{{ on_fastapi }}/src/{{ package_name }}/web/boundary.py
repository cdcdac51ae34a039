"""The outermost layer of every request, whatever becomes of it further in.

It gives the request its id, bounds its body, measures and logs it, adds the headers that every response
has, and turns an error that nobody expected into a 500 in the common shape.
"""

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
)
from ..core.http import REQUEST_ID_HEADER
from .responses import send_reply

log = structlog.get_logger("http")


class RequestBoundary:
    """ASGI middleware; has to be the outermost one.

    Args:
        app: the next layer.
        max_body_bytes: largest request body.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = Headers(scope=scope).get(REQUEST_ID_HEADER)
        with following(
            method=scope["method"], path=scope["path"], request_id=request_id
        ) as exchange:
            await self._serve(dict(scope), receive, send, exchange)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        response = _Response(send, exchange, head=scope["method"] == "HEAD")
        if scope["method"] == "HEAD":
            scope["method"] = "GET"  # the same answer, without its body
        headers = MutableHeaders(scope=scope)
        # The compressing layer looks for a word, and would take "gzip;q=0" for consent.
        accepted = accepts_gzip(headers.get("accept-encoding", ""))
        headers["accept-encoding"] = "gzip" if accepted else "identity"
        try:
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
        check_announced(
            content_encoding=headers.get("content-encoding"),
            content_length=headers.get("content-length"),
            max_body_bytes=self._max_body_bytes,
        )
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_body_bytes:
                raise body_too_large(self._max_body_bytes)
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

    def __init__(self, send: Send, exchange: Exchange, *, head: bool) -> None:
        self._send = send
        self._exchange = exchange
        self._head = head
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._exchange.status = message["status"]
            complete(MutableHeaders(scope=message))
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)


def _route(scope: Scope, exchange: Exchange) -> str:
    """The template of the route that the router found, if it found one."""
    return getattr(scope.get("route"), "path", exchange.route)
