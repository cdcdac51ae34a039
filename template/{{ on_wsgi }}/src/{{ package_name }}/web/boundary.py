"""The outermost layer of every request, whatever becomes of it further in.

It gives the request its id, finds out where it comes from and whether it is meant for this service, answers
browsers that ask for another origin, bounds the body, measures and logs, adds the headers that every response
has, compresses, and turns an error that nobody expected into a 500 in the common shape. It also decides how
many requests are handled at once.
"""

import errno
import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, BinaryIO, cast
from wsgiref.headers import Headers

import structlog

from ..core.addresses import client_address
from ..core.context import request_id_var
from ..core.envelope import MEDIA_TYPE, Reply, error_reply
from ..core.errors import AppError, Malformed, Unavailable
from ..core.exchange import (
    CLIENT_GONE,
    COMPRESSION_LEVEL,
    SMALLEST_COMPRESSED_BYTES,
    ClientGone,
    Exchange,
    accepts_gzip,
    body_too_large,
    check_announced,
    complete,
    following,
    is_operational,
)
from ..core.perimeter import Perimeter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("http")

ROUTE = "http.route"
"""The key of the environment in which the framework says which route it found, as a template."""

MOST_WAITING = 256
"""Requests that wait for their turn in each process. More are refused at once."""

_LARGEST_COLLECTED_BYTES = 1_048_576


class RequestBoundary:
    """WSGI middleware; has to be the outermost one.

    A server on threads needs more of them than the service has handlers: requests that wait for their turn
    wait in a thread, and what tells how the service is must not wait behind them.

    Args:
        app: the next layer.
        perimeter: what is let through.
        handlers: how many requests are handled at once.
    """

    def __init__(self, app: "WSGIApplication", *, perimeter: Perimeter, handlers: int) -> None:
        self._app = app
        self._perimeter = perimeter
        self._admitted = BoundedSemaphore(handlers + MOST_WAITING)
        self._handlers = BoundedSemaphore(handlers)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterator[bytes]:
        """Serve one request. Runs while the server iterates over the answer."""
        with following(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            request_id=environ.get("HTTP_X_REQUEST_ID"),
            client_address=client_address(
                environ.get("REMOTE_ADDR"),
                _values(environ, "HTTP_X_FORWARDED_FOR"),
                self._perimeter.proxies,
            ),
        ) as exchange:
            try:
                answer = self._answer(environ, exchange)
            except ClientGone:
                exchange.status = CLIENT_GONE
                raise _cut_off() from None
            self._perimeter.origins.complete(answer.headers, environ.get("HTTP_ORIGIN"))
            yield from answer.send(environ, start_response, exchange)

    def _answer(self, environ: "WSGIEnvironment", exchange: Exchange) -> "_Answer":
        granted = self._perimeter.origins.preflight(
            method=environ["REQUEST_METHOD"],
            origin=environ.get("HTTP_ORIGIN"),
            asks_for=environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
        )
        if granted is not None:
            return _Answer.of_reply(granted)
        inner = dict(environ)
        if environ["REQUEST_METHOD"] == "HEAD":
            inner["REQUEST_METHOD"] = "GET"  # the same answer, without its body
        inner.pop("HTTP_UPGRADE", None)  # no other protocol is spoken here
        try:
            if not is_operational(environ.get("PATH_INFO", "")):
                self._perimeter.hosts.check(_values(environ, "HTTP_HOST"))
            self._bound(inner)
            with self._turn(environ.get("PATH_INFO", "")):
                return _Answer.of_app(self._app, inner)
        except AppError as error:
            return _Answer.of_reply(error_reply(error))
        except ClientGone:
            raise
        except Exception:
            exchange.route = inner.get(ROUTE, exchange.route)
            log.exception("http.unhandled_error", method=exchange.method, route=exchange.route)
            exchange.fail()
            return _Answer.of_reply(error_reply(AppError()))
        finally:
            exchange.route = inner.get(ROUTE, exchange.route)

    def _bound(self, environ: "WSGIEnvironment") -> None:
        """Read the body, up to the limit, and put it back."""
        most = self._perimeter.max_body_bytes
        check_announced(
            content_encoding=environ.get("HTTP_CONTENT_ENCODING"),
            content_length=environ.get("CONTENT_LENGTH"),
            max_body_bytes=most,
        )
        try:
            body = cast("BinaryIO", environ["wsgi.input"]).read(most + 1)
        except OSError as error:
            raise ClientGone from error
        except Exception as error:  # each server has exceptions of its own for broken chunks
            raise Malformed("The request is not valid HTTP.") from error
        if len(body) > most:
            raise body_too_large(most)
        if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
            raise ClientGone
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)

    @contextmanager
    def _turn(self, path: str) -> Iterator[None]:
        """Wait until a handler is free.

        Raises:
            Unavailable: too many requests wait already.
        """
        if is_operational(path):
            yield
            return
        if not self._admitted.acquire(blocking=False):
            raise Unavailable
        try:
            with self._handlers:
                yield
        finally:
            self._admitted.release()


class _Answer:
    """A response on its way out.

    Args:
        status: HTTP status.
        headers: those that the application has set.
        body: all of it, or its pieces, to be passed on one by one.
        close: releases what the application holds for the body.

    Attributes:
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        headers: list[tuple[str, str]],
        body: bytes | Iterable[bytes],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._status = status
        self.headers = Headers(headers)
        self._body = body
        self._close = close

    @classmethod
    def of_reply(cls, reply: Reply) -> "_Answer":
        """A reply that comes from outside the application."""
        body = reply.body(request_id_var.get() or "")
        headers = {**reply.headers, "Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))}
        return cls(reply.status, list(headers.items()), body)

    @classmethod
    def of_app(cls, app: "WSGIApplication", environ: "WSGIEnvironment") -> "_Answer":
        """What the application answers: a small body of known length as a whole, any other in pieces."""
        started: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _: object = None, /
        ) -> Callable[[bytes], object]:
            started.append((int(status[:3]), headers))
            return _write

        pieces = app(environ, start_response)
        close: Callable[[], None] = getattr(pieces, "close", lambda: None)
        status, headers = started[-1]
        length = Headers(headers).get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_COLLECTED_BYTES:
            return cls(status, headers, pieces, close)
        try:
            return cls(status, headers, b"".join(pieces))
        finally:
            close()

    def send(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", exchange: Exchange
    ) -> Iterator[bytes]:
        """Complete the headers and hand the response to the server."""
        exchange.status = self._status
        status = f"{self._status} {HTTPStatus(self._status).phrase}"
        complete(self.headers)
        wanted = environ["REQUEST_METHOD"] != "HEAD"
        if isinstance(self._body, bytes):
            body = self._compressed(self._body, environ.get("HTTP_ACCEPT_ENCODING", ""))
            start_response(status, self.headers.items())
            if body and wanted:
                yield body
            return
        start_response(status, self.headers.items())
        try:
            if wanted:
                yield from self._body
        except Exception:
            log.exception("http.unhandled_error", method=exchange.method, route=exchange.route)
            exchange.fail()
            raise _cut_off() from None
        finally:
            self._close()

    def _compressed(self, body: bytes, accepted: str) -> bytes:
        """The body as it travels; compression pays for large ones only."""
        if len(body) < SMALLEST_COMPRESSED_BYTES or "Content-Encoding" in self.headers:
            return body
        varies_by = self.headers.get("Vary")
        self.headers["Vary"] = f"{varies_by}, Accept-Encoding" if varies_by else "Accept-Encoding"
        if not accepts_gzip(accepted):
            return body
        packed = gzip.compress(body, COMPRESSION_LEVEL, mtime=0)
        self.headers["Content-Encoding"] = "gzip"
        self.headers["Content-Length"] = str(len(packed))
        return packed


def _values(environ: "WSGIEnvironment", name: str) -> list[str]:
    """The values of a request header: servers join several of them with commas."""
    return [environ[name]] if name in environ else []


def _write(_: bytes) -> None:
    """The outdated way to send a body, which no framework uses (PEP 3333)."""
    raise TypeError("return the body instead of writing it")


def _cut_off() -> ConnectionResetError:
    """What makes the server close the connection, so that nobody takes the answer for complete."""
    return ConnectionResetError(errno.ECONNRESET, "there is no complete answer")
