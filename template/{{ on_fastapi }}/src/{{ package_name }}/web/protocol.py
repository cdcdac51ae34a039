"""The server's own refusals, in the common shape: requests that are not even HTTP."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..core.errors import Malformed
from ..core.exchange import MAX_HEAD_BYTES, MAX_HEADERS, MAX_REQUEST_LINE_BYTES, refusal

_VERSIONS = {"1.0", "1.1"}


class EnvelopeProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with its plain-text 400 replaced and with bounds on what comes before the body."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.access_log = False  # the boundary writes the line of each request
        self._in_head = False
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take bytes; a request line and headers without end are refused, not collected."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request line is about to come."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """The headers are there, perhaps all in one piece. An exception here is a refusal."""
        self._in_head = False
        names = [name for name, _ in self.headers]
        line = b"%b %b HTTP/1.1" % (self.parser.get_method(), self.url)
        if (
            self.parser.get_http_version() not in _VERSIONS
            or len(line) > MAX_REQUEST_LINE_BYTES
            or len(names) > MAX_HEADERS
            or sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES
            or names.count(b"host") > 1
        ):
            raise ValueError("the request line or the headers are not acceptable")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the message is the parser's own
        """Answer a request that cannot be parsed, and close the connection."""
        self.transport.write(refusal(Malformed("The request is not valid HTTP.")))
        self.transport.close()
