"""Requests to addresses that callers have given: they must not reach what is meant for this network alone (SEC-07).

A name is looked up once, every address it has is judged, and the connection goes to one that was judged: a name that
means another address a moment later gains nothing. Redirects are not followed, answers are read up to a bound, and
every step has a time limit.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
"""How long each step may take: connecting, sending, and each piece of the answer."""
MAX_ANSWER_BYTES = 16_384
"""What is read of an answer. The rest is of no interest."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ForbiddenTarget(Exception):
    """The address must not be asked. The message says why."""


class TargetAway(Exception):
    """Nobody answered in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status.
        retry_after: the header of that name, if there is one.
    """

    status: int
    retry_after: str | None


class OutgoingPosts:
    """Posts to addresses that callers have given.

    Args:
        allowed: networks that may be asked although they are not public: for tests and development.
        plain_http: whether ``http://`` is allowed, too.
    """

    def __init__(self, *, allowed: Sequence[Network] = (), plain_http: bool = False) -> None:
        self._allowed = allowed
        self._plain_http = plain_http
        self._tls = ssl.create_default_context()

    def check(self, url: str) -> None:
        """Whether the URL may be asked, as far as can be told without looking its name up.

        Raises:
            ForbiddenTarget: it may not.
        """
        parts = urlsplit(url)
        if parts.scheme not in ({"https", "http"} if self._plain_http else {"https"}):
            raise ForbiddenTarget("the URL begins with https://")
        if not parts.hostname or parts.username is not None or parts.fragment:
            raise ForbiddenTarget("the URL has a host, and neither credentials nor a fragment")
        try:
            address = ipaddress.ip_address(parts.hostname)
        except ValueError:
            return
        self._judge(address)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and read the beginning of the answer.

        Raises:
            ForbiddenTarget: the URL may not be asked.
            TargetAway: nobody answered in time.
        """
        self.check(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._looked_up(host, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection = self._connected(address, host, port, over_tls=parts.scheme == "https")
            try:
                connection.request("POST", path, body, {**headers, "Host": parts.netloc})
                answer = connection.getresponse()
                answer.read(MAX_ANSWER_BYTES)
                return Answer(answer.status, answer.getheader("Retry-After"))
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise TargetAway(type(error).__name__) from error

    def _looked_up(self, host: str, port: int) -> str:
        """One address of a host, all of which were judged."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TargetAway("its name is not known") from error
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            self._judge(ipaddress.ip_address(address))
        return addresses[0]

    def _judge(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        mapped = getattr(address, "ipv4_mapped", None) or address
        if any(mapped in network for network in self._allowed if network.version == mapped.version):
            return
        if not mapped.is_global or mapped.is_multicast:
            raise ForbiddenTarget("the address is not public")

    def _connected(
        self, address: str, host: str, port: int, *, over_tls: bool
    ) -> http.client.HTTPConnection:
        """A connection to that very address, whose certificate is asked for the name."""
        wire = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
        try:
            if over_tls:
                wire = self._tls.wrap_socket(wire, server_hostname=host)
        except BaseException:
            wire.close()
            raise
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        connection.sock = wire
        return connection
