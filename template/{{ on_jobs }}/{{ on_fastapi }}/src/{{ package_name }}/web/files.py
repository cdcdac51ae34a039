"""Sends files with this web framework."""

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..core.files import FileReply, Pieces


def send_file(reply: FileReply) -> Response:
    """The file as a response of the framework."""
    return _FileResponse(reply)


class _FileResponse(StreamingResponse):
    """Passes the pieces on one by one, and closes the file also when the client leaves before the last one."""

    def __init__(self, reply: FileReply) -> None:
        self._pieces = Pieces(reply.file)
        super().__init__(self._pieces, headers=reply.headers())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pieces.close()
