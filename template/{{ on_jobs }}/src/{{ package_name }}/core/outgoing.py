"""Requests to addresses that callers have given: they must not reach what is meant for this network alone.

A name is looked up once, every address it has is judged, and the connection goes to one that was judged: a name that
means another address a moment later gains nothing. Redirects are not followed, and of the answer nothing is read but
its head. One budget of time holds for all of it together: whoever answers byte by byte gains nothing, either.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .addresses import Address, Network

BUDGET_SECONDS = 15.0
"""How long a request may take, from the question for the address to the head of the answer."""
CONNECT_SECONDS = 5.0
"""How long a name may take to be known, and one of several addresses to be reached before the next is tried."""
MAX_URL_LENGTH = 2000

_URL = re.compile(r"https?://[!-~]+")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given to networks of the world (RFC 4291, section 2.4)."""
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 as seen from networks without it: the address is in the last 32 bits (RFC 6052)."""
_OTHERWISE_USED: tuple[Network, ...] = (
    ipaddress.IPv4Network((0xA83F8110, 32)),  # 168.63.129.16: the agent of machines in one cloud
    ipaddress.IPv4Network((0xC0000000, 24)),  # 192.0.0.0/24: protocols, and such agents in another
    ipaddress.IPv6Network("2001::/23"),  # protocols and tunnels
    ipaddress.IPv6Network("2002::/16"),  # a tunnel to any IPv4 address
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)
"""Not public, whatever the ``ipaddress`` of this Python knows of it."""


class ForbiddenTarget(Exception):
    """The address must not be asked. The message says why, and nothing of the address."""


class TargetAway(Exception):
    """Nobody answered in time, or not in HTTP. The message says which, and nothing of the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status.
        retry_after: the header of that name, if there is one.
    """

    status: int
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3


LookUp = Callable[[str, int], Sequence[str]]
"""Tells the addresses of a name; an ``OSError`` if there are none."""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine's resolver tells them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class OutgoingPosts:
    """Posts to addresses that callers have given.

    Args:
        agent: how the service introduces itself.
        private: networks that may be asked although they are not public, also without TLS: for development and tests.
        tls: whom to trust; the machine's authorities if it is not given.
        look_up: tells the addresses of a name.
        budget_seconds: how long a request may take in all.
    """

    def __init__(
        self,
        *,
        agent: str,
        private: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
        look_up: LookUp = addresses_of,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._agent = agent
        self._private = private
        self._given_tls = tls
        self._look_up = look_up
        self._budget_seconds = budget_seconds

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is needed: reading the machine's authorities takes a while."""
        return self._given_tls or ssl.create_default_context()

    def check(self, url: str) -> None:
        """Whether the URL may be asked, as far as can be told without looking its name up.

        Raises:
            ForbiddenTarget: it may not.
        """
        parts, host, port = self._parts(url)
        # Every spelling of an address that the resolver knows: 127.1 and 0x7f000001 are 127.0.0.1, too.
        with suppress(OSError):
            found = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
            self._judge([str(entry[4][0]) for entry in found], over_tls=parts.scheme == "https")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and read the head of the answer.

        Raises:
            ForbiddenTarget: the URL may not be asked.
            TargetAway: nobody answered in time.
        """
        parts, host, port = self._parts(url)
        over_tls = parts.scheme == "https"
        ends_at = time.monotonic() + self._budget_seconds
        try:
            addresses = self._looked_up(host, port, ends_at)
            self._judge(addresses, over_tls=over_tls)
            with self._connected(addresses, host, port, ends_at, over_tls=over_tls) as wire:
                connection = http.client.HTTPConnection(host, port)
                connection.sock = _TimedWire(wire, ends_at)
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                named = {**headers, "Host": parts.netloc, "User-Agent": self._agent}
                connection.request("POST", path, body, named)
                head = connection.getresponse()
                return Answer(head.status, head.getheader("Retry-After"))
        except socket.gaierror as error:
            raise TargetAway("its name is not known") from error
        except TimeoutError as error:
            raise TargetAway("it took too long") from error
        except (OSError, http.client.HTTPException) as error:
            raise TargetAway(f"no connection or no answer: {type(error).__name__}") from error

    def _parts(self, url: str) -> tuple[SplitResult, str, int]:
        """The parts of a URL, its host and port.

        Raises:
            ForbiddenTarget: it is none, or has parts that have no business here.
        """
        if len(url) > MAX_URL_LENGTH or not _URL.fullmatch(url) or "\\" in url:
            raise ForbiddenTarget("it is not an https:// URL in plain ASCII")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:  # of brackets that do not match, or a port that is none
            raise ForbiddenTarget("it is not an https:// URL in plain ASCII") from None
        if parts.scheme != "https" and not self._private:
            raise ForbiddenTarget("it does not begin with https://")
        if parts.username is not None or parts.fragment:
            raise ForbiddenTarget("it has credentials or a fragment")
        if port == 0 or not (_HOST.fullmatch(host) or _is_address(host)):
            raise ForbiddenTarget("it has no host, or a host or port that cannot be")
        return parts, host, port or _DEFAULT_PORTS[parts.scheme]

    def _looked_up(self, host: str, port: int, ends_at: float) -> Sequence[str]:
        """The addresses of a name. A resolver knows no time limit: its thread may have to be left behind.

        Raises:
            OSError: there are none.
            TimeoutError: nobody said so in time.
        """
        found: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                found.set_result(self._look_up(host, port))
            except Exception as error:  # noqa: BLE001 - it is raised again by who waits
                found.set_exception(error)

        threading.Thread(target=ask, name="look-up", daemon=True).start()
        return found.result(timeout=min(CONNECT_SECONDS, _left(ends_at)))

    def _judge(self, addresses: Sequence[str], *, over_tls: bool) -> None:
        """Refuse unless every address may be asked: which of them answers is not ours to choose.

        Raises:
            ForbiddenTarget: one of them may not.
        """
        for text in addresses:
            address = _meant(ipaddress.ip_address(text))
            if any(address in one for one in self._private if one.version == address.version):
                continue
            if not over_tls:
                raise ForbiddenTarget("it does not begin with https://")
            if not _is_public(address):
                raise ForbiddenTarget("its address is not public")

    def _connected(
        self, addresses: Sequence[str], host: str, port: int, ends_at: float, *, over_tls: bool
    ) -> socket.socket:
        """A connection to the first of these very addresses that can be reached.

        Over TLS, its certificate has to be good for the name.
        """
        failed: OSError = socket.gaierror("no address")
        for address in addresses:
            try:
                wire = socket.create_connection(
                    (address, port), timeout=min(CONNECT_SECONDS, _left(ends_at))
                )
                break
            except OSError as error:
                failed = error
        else:
            raise failed
        if not over_tls:
            return wire
        with wire:  # what is wrapped is detached, so that only a failure closes it here
            wire.settimeout(_left(ends_at))
            return self._tls.wrap_socket(wire, server_hostname=host.rstrip("."))


class _TimedWire:
    """A socket on which everything has to end before one moment: what ``http.client`` needs of it."""

    def __init__(self, wire: socket.socket, ends_at: float) -> None:
        self._wire = wire
        self._ends_at = ends_at

    def sendall(self, data: bytes) -> None:
        """Send all of it. The time of a socket's own ``sendall`` begins anew with each piece."""
        rest = memoryview(data)
        while rest:
            self._wire.settimeout(_left(self._ends_at))
            rest = rest[self._wire.send(rest) :]

    def makefile(self, _: str) -> io.BufferedReader:
        """For reading."""
        return io.BufferedReader(_TimedReader(self._wire, self._ends_at))

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()


class _TimedReader(io.RawIOBase):
    """The bytes that arrive on a socket before a moment."""

    def __init__(self, wire: socket.socket, ends_at: float) -> None:
        self._wire = wire
        self._ends_at = ends_at

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """What is there, or comes in time."""
        self._wire.settimeout(_left(self._ends_at))
        return self._wire.recv_into(buffer)


def _left(ends_at: float) -> float:
    """The seconds until a moment.

    Raises:
        TimeoutError: there are none.
    """
    seconds = ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _meant(address: Address) -> Address:
    """The IPv4 address in the clothes of an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _is_public(address: Address) -> bool:
    if any(address in one for one in _OTHERWISE_USED if one.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_global and address in _UNICAST
    return address.is_global and not address.is_multicast
