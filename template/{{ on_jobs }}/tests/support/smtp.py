"""A mail server for tests: a thread that speaks as much SMTP as it takes, and keeps what it is sent."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_PATIENCE_SECONDS = 30


@dataclass
class Mailbox:
    """What a server does, and what it was sent.

    Attributes:
        replies: what it says instead of yes, by the first word of a command; `.` is the end of a message.
        tls: speaks TLS after STARTTLS with it, or from the first byte if `over_tls`.
        over_tls: whether TLS comes first.
        port: where it listens.
        opens: until then, it keeps those waiting who connect.
        messages: the bodies that were sent.
        commands: every command, in order.
        logins: what callers logged in with.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    over_tls: bool = False
    port: int = 0
    opens: threading.Event | None = None
    messages: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    logins: list[list[str]] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mailbox: Mailbox

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that breaks off is what some tests are about."""


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Speak with one client."""
        if self.server.mailbox.over_tls:
            self._encrypt()
        if self.server.mailbox.opens is not None:
            self.server.mailbox.opens.wait(_PATIENCE_SECONDS)
        self._say(self.server.mailbox.replies.get("HELLO", "220 here"))
        while line := self.rfile.readline():
            if not self._answer(line.decode().strip()):
                return

    def finish(self) -> None:
        """Close the connection, which may be another one than at the beginning."""
        super().finish()
        self.connection.close()

    def _answer(self, line: str) -> bool:
        """Answer one command; tells whether another one may follow."""
        mailbox = self.server.mailbox
        word = line.partition(" ")[0].upper()
        mailbox.commands.append(word)
        refusal = mailbox.replies.get(word)
        if refusal is not None:
            self._say(refusal)
        elif word == "EHLO":
            offers = ["here", "AUTH PLAIN"] + (["STARTTLS"] if mailbox.tls else [])
            self._say("\r\n".join(f"250-{one}" for one in offers[:-1]) + f"\r\n250 {offers[-1]}")
        elif word == "STARTTLS":
            self._say("220 go ahead")
            self._encrypt()
        elif word == "AUTH":
            login = base64.b64decode(line.rpartition(" ")[2]).decode()
            mailbox.logins.append(login.split("\0")[1:])
            self._say("235 welcome")
        elif word == "DATA":
            self._say("354 go ahead")
            mailbox.messages.append(b"".join(self._lines()))
            self._say(mailbox.replies.get(".", "250 taken"))
        else:
            self._say("221 bye" if word == "QUIT" else "250 yes")
        return word != "QUIT"

    def _lines(self) -> Iterator[bytes]:
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            yield line

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _encrypt(self) -> None:
        context = self.server.mailbox.tls
        assert context is not None
        self.request = self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[Mailbox]:
    """Serve a mailbox until the block ends."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.mailbox = mailbox
        mailbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join()
