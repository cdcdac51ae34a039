"""What is settled about every request before its body is read, by the boundary of either server."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..settings import Settings
from .addresses import Network
from .cors import CrossOrigins
from .credentials import SHARED_WITH_ORIGINS
from .hosts import Hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Perimeter:
    """Who is let in, and with how much.

    Attributes:
        max_body_bytes: largest request body.
        hosts: the names of the service.
        origins: other origins whose scripts may read the answers.
        proxies: networks whose word about where a request comes from is taken.
    """

    max_body_bytes: int
    hosts: Hosts
    origins: CrossOrigins
    proxies: Sequence[Network] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Perimeter":
        """The one that the settings describe."""
        return cls(
            max_body_bytes=settings.max_body_bytes,
            hosts=Hosts(settings.host_names),
            origins=CrossOrigins(settings.shared_origins, with_cookies=SHARED_WITH_ORIGINS),
            proxies=settings.proxy_networks,
        )
