"""Windows that all processes of the service share, in the Redis that ``CACHE_URL`` names.

Importing this takes most of a second, so only a service that has a cache does (``bootstrap.py``).
"""

import time

from limits.storage import RedisStorage
from redis import ConnectionPool
from redis.exceptions import RedisError

from .windows import Count, Rate, WindowsAway

TIMEOUT_SECONDS = 0.2
"""How long Redis may take to accept a connection, and to answer. It decides about every request."""


class RedisWindows:
    """Windows in Redis. Opens no connection until the first one is asked for.

    Args:
        url: ``redis://`` or ``rediss://``.
        prefix: begins the name of each key; other services may use the same Redis.
    """

    def __init__(self, url: str, *, prefix: str) -> None:
        # Unlike the library's own pools, this one tries only once. The older protocol needs no handshake.
        self._pool: ConnectionPool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
        )
        self._storage = RedisStorage(url, connection_pool=self._pool, key_prefix=prefix)

    def take(self, key: str, rate: Rate) -> Count:
        """Ask for one more.

        Raises:
            WindowsAway: Redis does not answer in time, or refuses.
        """
        try:
            granted = self._storage.acquire_entry(key, rate.limit, rate.seconds)
            oldest, used = self._storage.get_moving_window(key, rate.limit, rate.seconds)
        except RedisError as error:
            raise WindowsAway from error
        return Count(granted, used, oldest + rate.seconds - time.time())

    def check(self) -> None:
        """Ask whether Redis is there.

        Raises:
            WindowsAway: it does not answer in time, or refuses.
        """
        try:
            self._storage.get_connection().ping()
        except RedisError as error:
            raise WindowsAway from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.disconnect()
