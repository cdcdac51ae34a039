"""A mail server that takes everything and remembers it."""

import socketserver
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from email import message_from_bytes
from typing import Any

ANSWER_SECONDS = 0.03


class Mailbox:
    """Takes mail at an address of its own, in this process, so that it outlives whatever is killed.

    Attributes:
        url: for `MAIL_URL`.
    """

    def __init__(self) -> None:
        self._found: defaultdict[str, list[str]] = defaultdict(list)
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.mailbox = self
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, name="mail", daemon=True).start()

    def take(self, content: bytes) -> None:
        """Remember a message by what it is about."""
        message = message_from_bytes(content)
        with self._guard:
            self._found[str(message["Subject"])].append(str(message["Message-ID"]))

    def confirmations(self, order_id: str) -> list[str]:
        """The Message-IDs of every confirmation of an order that came in, repetitions included."""
        with self._guard:
            return list(self._found[f"Your order {order_id}"])

    def count(self) -> Counter[str]:
        """How often each subject came in."""
        with self._guard:
            return Counter({subject: len(ids) for subject, ids in self._found.items()})

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mailbox: Mailbox


class _Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs that sends a message."""

    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError):  # the sender was killed
            self._talk()

    def _talk(self) -> None:
        self._say("220 ready")
        content: Any
        for line in self.rfile:
            match line.strip().upper()[:4]:
                case b"QUIT":
                    return self._say("221 bye")
                case b"DATA":
                    self._say("354 go ahead")
                    content = []
                    for part in self.rfile:
                        if part == b".\r\n":
                            # Only what has come in to its end counts: a sender may be killed in the middle.
                            self.server.mailbox.take(b"".join(content))
                            break
                        content.append(part)
                    # As slow as one elsewhere: meanwhile the mail is out, and its sender does not know.
                    time.sleep(ANSWER_SECONDS)
                    self._say("250 taken")
                case _:
                    self._say("250 fine")
        return None

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
