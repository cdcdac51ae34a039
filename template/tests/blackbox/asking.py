"""Ways of asking that many tests need: under a precondition, page after page, many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from tests.blackbox.client import Api

UNKNOWN_ID = "0192f0c1-2345-7000-8000-000000000000"


def etag_of(api: Api, path: str) -> str:
    """The entity tag of a member as it is now."""
    tag: str = api.get(path).headers["etag"]
    return tag


def matching(api: Api, path: str) -> dict[str, str]:
    """The header that a change to a member needs."""
    return {"If-Match": etag_of(api, path)}


def pages(api: Api, path: str, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list, following `next_cursor` to the end."""
    cursor: str | None = None
    while True:
        asked = {**parameters, **({"cursor": cursor} if cursor else {})}
        response = api.get(path, params=asked)
        assert response.status_code == 200, response.text
        body = response.json()
        yield body["data"]
        cursor = body["pagination"]["next_cursor"]
        if cursor is None:
            return


def walk(api: Api, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """Every row of a list, page after page."""
    return [row for page in pages(api, path, **parameters) for row in page]


def at_once(times: int, send: Callable[[int], httpx2.Response]) -> list[httpx2.Response]:
    """Send requests at the same moment, each from a thread of its own, and return the answers in order.

    Above 32 requests the threads take turns.
    """
    threads = min(times, 32)
    start = threading.Barrier(threads)

    def sent(number: int) -> httpx2.Response:
        if number < threads:
            start.wait(10)
        return send(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(sent, range(times)))
