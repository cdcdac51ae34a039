"""The server's own part: its refusals in the common shape, and bounds on how long a client may keep it busy."""

import re
import socket
import struct
import sys
import time
from contextlib import closing
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import Request, wsgi
from gunicorn.http.errors import InvalidRequestMethod, LimitRequestHeaders
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from ..core.errors import AppError, Malformed
from ..core.exchange import MAX_HEAD_BYTES, refusal

DRAIN_SECONDS = 0.5
"""How long the rest of a refused body is read, so that its connection can be used again."""
PATIENCE_SECONDS = 10
"""How long a client may stay silent in the middle of a request, or refuse to take its answer."""

_REFUSED = (InvalidRequestMethod, LimitRequestHeaders)
_METHOD = re.compile(
    "ACL|BIND|CHECKOUT|CONNECT|COPY|DELETE|GET|HEAD|LINK|LOCK|M-SEARCH|MERGE|MKACTIVITY|MKCALENDAR|MKCOL|MOVE"
    "|NOTIFY|OPTIONS|PATCH|POST|PROPFIND|PROPPATCH|PURGE|PUT|QUERY|REBIND|REPORT|SEARCH|SOURCE|SUBSCRIBE|TRACE"
    "|UNBIND|UNLINK|UNLOCK|UNSUBSCRIBE"
)
"""What HTTP parsers take for a method. Other words are no HTTP; which of these a route has is the router's matter."""

_TIMEVAL = struct.pack("@ll", PATIENCE_SECONDS, 0)


class Log(Logger):
    """gunicorn's lines go where all lines of the process go."""

    def setup(self, cfg: Config) -> None:
        """Leave the handlers of the process as they are."""
        self.cfg = cfg
        self.error_log.propagate = True

    def access(self, *_: Any) -> None:
        """Write nothing: the boundary writes the line of each request."""

    def exception(self, msg: object, *args: object, **named: Any) -> None:
        """A client that ran out of time is no error of ours."""
        if isinstance(sys.exception(), BlockingIOError):
            self.debug("A client was silent for %d s.", PATIENCE_SECONDS)
        else:
            super().exception(msg, *args, **named)


class Response(wsgi.Response):
    """gunicorn's response, which does not tell what the server is."""

    def default_headers(self) -> list[str]:
        """The headers that the server adds."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class EnvelopeWorker(ThreadWorker):
    """gunicorn's worker on threads, with its HTML errors replaced."""

    def enqueue_req(self, conn: TConn) -> None:
        """Take a connection; gunicorn itself would wait for its bytes without end."""
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, _TIMEVAL)
        super().enqueue_req(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that idle too long; once the worker is told to stop, all that idle."""
        # The type stubs are those of an older release.
        super().murder_keepalived(force or not self.alive)  # type: ignore[call-arg]

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Serve one request; returns whether the connection can be used for another."""
        if not _METHOD.fullmatch(req.method or ""):
            raise InvalidRequestMethod(req.method or "")
        if sum(len(name) + len(value) for name, value in req.headers) > MAX_HEAD_BYTES:
            raise LimitRequestHeaders("the headers are too large")
        response, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=Response
        )
        environ["wsgi.multithread"] = True
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        app: Any = self.wsgi
        parser: Any = conn.parser

        def start_response(*answer: Any) -> Any:
            # A body that nobody has read to its end leaves no connection to go on with. The client has to
            # know before it sends the next request.
            if not parser.finish_body(deadline=time.monotonic() + DRAIN_SECONDS):
                response.force_close()
            return response.start_response(*answer)

        with closing(app(environ, start_response)) as pieces:
            for piece in pieces:
                response.write(piece)
            response.close()
        return not response.should_close()

    def handle_error(
        self,
        req: Request | None,
        client: socket.socket,
        addr: Any,  # noqa: ARG002 - the base class's signature
        exc: BaseException,
    ) -> None:
        """Answer what cannot be parsed, where there is no request yet, or an answer that cannot be sent."""
        if req is None or isinstance(exc, _REFUSED):
            self.log.warning("Invalid HTTP request received.")
            error: AppError = Malformed("The request is not valid HTTP.")
        else:
            self.log.error("An answer cannot be sent.", exc_info=exc)
            error = AppError()
        write_nonblock(client, refusal(error))
