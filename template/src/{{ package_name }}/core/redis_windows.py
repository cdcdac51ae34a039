"""Windows that all processes of the service share, in the Redis that ``CACHE_URL`` names.

Importing this takes most of a second, so only a service that has a cache does (``bootstrap.py``).
"""

import time
from typing import Any, cast

from limits.storage import RedisStorage
from redis import ConnectionPool, Redis
from redis.client import Pipeline
from redis.exceptions import NoScriptError, RedisError

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
        self._redis = Redis(connection_pool=self._pool)
        self._storage = RedisStorage(url, connection_pool=self._pool, key_prefix=prefix)

    def take(self, key: str, rate: Rate) -> Count:
        """Ask for one more.

        Raises:
            WindowsAway: Redis does not answer in time, or refuses.
        """
        now = time.time()
        try:
            try:
                granted, window = self._ask(key, rate, now)
            except NoScriptError:
                # It has just been started, or emptied: nothing was taken.
                self._load()
                granted, window = self._ask(key, rate, now)
        except RedisError as error:
            raise WindowsAway from error
        oldest, used = window or (now, 0)
        # Lua prints times with four decimals, which may round them up.
        age = max(0.0, now - float(oldest))
        return Count(bool(granted), int(used), rate.seconds - age)

    def check(self) -> None:
        """Ask whether Redis is there.

        Raises:
            WindowsAway: it does not answer in time, or refuses.
        """
        try:
            self._redis.ping()
        except RedisError as error:
            raise WindowsAway from error

    def _ask(self, key: str, rate: Rate, now: float) -> list[Any]:
        """Run both scripts of the library in one round trip, where its own methods take two."""
        name = self._storage.prefixed_key(key)
        take, look = self._storage.lua_acquire_moving_window, self._storage.lua_moving_window

        def both(redis: Pipeline) -> None:
            redis.evalsha(take.sha, 1, name, now, rate.limit, rate.seconds, 1)
            redis.evalsha(look.sha, 1, name, now - rate.seconds, rate.limit)

        return cast("list[Any]", self._redis.transaction(both))

    def _load(self) -> None:
        """Make the scripts known. The one that takes comes last: where it runs, the other one does, too."""
        for script in (self._storage.lua_moving_window, self._storage.lua_acquire_moving_window):
            self._redis.script_load(script.script)

    def close(self) -> None:
        """Close every connection."""
        self._pool.disconnect()
