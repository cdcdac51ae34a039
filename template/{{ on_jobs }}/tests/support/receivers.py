"""Receivers on this machine for tests of outgoing requests: good ones, slow ones, and those that misbehave."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Received:
    """A request, as it arrived. The names of its headers are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A server that remembers what it was sent.

    Attributes:
        url: where it is.
        answers: what it answers next, each a status and headers; 204 when there are none left.
        received: what it was sent so far.
    """

    url: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a port of its own; over TLS if a context is given."""
    found = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.received.append(Received(self.path, headers, body))
            status, given = found.answers.pop(0) if found.answers else (204, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **given}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    # A failed handshake is what some tests are about.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    found.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def misbehaving(act: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that does as it likes with each connection; gives its port.

    Args:
        act: gets the connection, and the event that is set when the test is over.
    """
    over = threading.Event()

    def one(wire: socket.socket) -> None:
        with wire, suppress(OSError):
            act(wire, over)

    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    wire, _ = server.accept()
                    threading.Thread(target=one, args=(wire,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            # A thread that waits in `accept` does not hear that the socket is closed.
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Certified:
    """Both ends of TLS.

    Attributes:
        server: for a server with a certificate for one name.
        trusting: for a client that trusts it.
    """

    server: ssl.SSLContext
    trusting: ssl.SSLContext


def certified(name: str, folder: Path) -> Certified:
    """A certificate that a server shows for a name, and a client that trusts its issuer: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    chain = folder / f"{name}.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + text
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return Certified(server, ssl.create_default_context(cadata=text.decode()))
