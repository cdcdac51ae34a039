"""From which address a request comes, behind however many proxies."""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from itertools import islice

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS = 20
"""Entries of ``X-Forwarded-For`` that are looked at. No chain of proxies is that long."""

_SUBSCRIBER_BITS = 64
"""Of an IPv6 address; the rest of it is the subscriber's own to choose (RFC 4291, section 2.5.4)."""
_WITH_PORT = re.compile(r"\[([^]]+)\](?::[0-9]{1,5})?|([^:]+):[0-9]{1,5}")


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read networks as settings have them.

    >>> parse_networks("10.0.0.0/8, fd00::/8, 192.0.2.7")
    (IPv4Network('10.0.0.0/8'), IPv6Network('fd00::/8'), IPv4Network('192.0.2.7/32'))

    Raises:
        ValueError: one of them is none, or is everybody; the message names it.
    """
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        network = ip_network(part)
        if network.prefixlen == 0:
            raise ValueError(f"'{part}' is everybody: name the networks of your proxies")
        found.append(network)
    return tuple(found)


def client_address(
    peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]
) -> str | None:
    """The address of the caller.

    A proxy writes the address that it was called from at the end of ``X-Forwarded-For``; what stands before may have
    been made up by anybody. So the header is read from its end, and no further than there are trusted proxies.

    Args:
        peer: the other end of the connection.
        forwarded: every value of ``X-Forwarded-For``, in order.
        trusted: networks whose proxies are believed.

    Returns:
        The address in its one spelling; ``None`` if the peer has none, as on a Unix socket.

    >>> client_address("10.0.0.1", ["6.6.6.6, 192.0.2.7", "10.0.0.2"], parse_networks("10.0.0.0/8"))
    '192.0.2.7'
    """
    found = _address(peer or "")
    if found is None:
        return None
    hops = reversed(",".join(forwarded).split(",")) if forwarded else ()
    for hop in islice(hops, MOST_HOPS):
        if not any(found in network for network in trusted):
            break
        before = _address(hop)
        if before is None:
            break
        found = before
    return str(found)


def subscriber(address: str | None) -> str:
    """Whom an address stands for where callers are counted: one IPv6 subscriber has more addresses than there are keys.

    >>> subscriber("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    >>> subscriber("192.0.2.7")
    '192.0.2.7'
    """
    found = _address(address or "")
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), _SUBSCRIBER_BITS), strict=False))
    return str(found or "unknown")


def _address(text: str) -> Address | None:
    """The address in a text, which some proxies write with a port; IPv4 in the clothes of IPv6 is IPv4."""
    match = _WITH_PORT.fullmatch(text.strip())
    bare = (match[1] or match[2]) if match else text.strip()
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
