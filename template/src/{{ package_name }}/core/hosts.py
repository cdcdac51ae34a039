"""By which names the service may be asked.

A request with another name was not meant for it: a page of somebody else's whose name was made to point here reads the
service through a visitor's browser (DNS rebinding), and a link built from the name would lead elsewhere.
"""

import re
from collections.abc import Sequence

from .errors import UnknownHost

# Of RFC 3986 what names and addresses need; a port that is none is garbage.
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_NAME = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_LONGEST = 300


def parse_hosts(text: str) -> tuple[str, ...]:
    """Read names as settings have them.

    >>> parse_hosts("api.example.com, .Example.org, [::1]")
    ('api.example.com', '.example.org', '[::1]')

    Raises:
        ValueError: one of them is no name; the message names it.
    """
    found = tuple(part.lower() for part in map(str.strip, text.split(",")) if part)
    for part in found:
        if not _NAME.fullmatch(part):
            raise ValueError(
                f"'{part}' is no host: give names without scheme and port, IPv6 addresses in brackets, "
                "and '.example.com' for a domain with all below it"
            )
    return found


class Hosts:
    """The names of the service.

    Args:
        allowed: those of :func:`parse_hosts`. One that begins with a dot stands for the domain and all below it.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._names = frozenset(name.removeprefix(".") for name in allowed)
        self._domains = tuple(name for name in allowed if name.startswith("."))

    def check(self, given: Sequence[str]) -> None:
        """Refuse a request that is meant for somebody else.

        Args:
            given: every value of the ``Host`` header.

        Raises:
            UnknownHost: there is none, or more than one, or it is no name of this service.
        """
        name = _name(given[0]) if len(given) == 1 else None
        if name is None or not (name in self._names or name.endswith(self._domains)):
            raise UnknownHost


def _name(host: str) -> str | None:
    """The name in the header, without the port and the dot of the root."""
    match = _HOST.fullmatch(host.lower()) if len(host) <= _LONGEST else None
    return match[1].removesuffix(".") if match else None
