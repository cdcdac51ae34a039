"""Products and orders for tests to work with, made over HTTP."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2

from tests.blackbox.client import Api

PRODUCTS = "/v1/products"
BATCHES = "/v1/product-batches"
ORDERS = "/v1/orders"
UNKNOWN_ID = "0192f0c1-2345-7000-8000-000000000000"

# Lists are told apart by their least stock: every band lies above the ones before it, also of earlier runs
# against the same service.
_bands = itertools.count(int(time.time()) % 50_000_000 * 16)


def new_band() -> int:
    """A stock that no product made so far reaches."""
    return next(_bands)


def unique_sku() -> str:
    """A stock keeping unit that no product has."""
    return f"BB-{uuid4().hex[:16].upper()}"


def product_body(**values: Any) -> dict[str, Any]:
    """A valid body of a product with some members replaced."""
    return {
        "sku": unique_sku(),
        "name": "Blue teapot",
        "price": 1999,
        "currency": "EUR",
        "stock": 10,
        **values,
    }


def new_product(api: Api, **values: Any) -> dict[str, Any]:
    """Create a product and return it as the service shows it."""
    response = api.post(PRODUCTS, json=product_body(**values))
    assert response.status_code == 201, response.text
    product: dict[str, Any] = response.json()["data"]
    return product


def new_products(api: Api, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Create many products at once."""
    response = api.post(BATCHES, json={"products": bodies})
    assert response.status_code == 201, response.text
    products: list[dict[str, Any]] = response.json()["data"]
    return products


def read_product(api: Api, product_id: str) -> dict[str, Any]:
    """The product as it is now."""
    response = api.get(f"{PRODUCTS}/{product_id}")
    assert response.status_code == 200, response.text
    product: dict[str, Any] = response.json()["data"]
    return product


def etag_of(api: Api, path: str) -> str:
    """The entity tag of a member as it is now."""
    tag: str = api.get(path).headers["etag"]
    return tag


def matching(api: Api, path: str) -> dict[str, str]:
    """The header that a change to a member needs."""
    return {"If-Match": etag_of(api, path)}


def delete_product(api: Api, product_id: str) -> None:
    """Delete a product, whatever version it has."""
    path = f"{PRODUCTS}/{product_id}"
    response = api.delete(path, headers=matching(api, path))
    assert response.status_code == 204, response.text


def order_body(*lines: tuple[dict[str, Any], int]) -> dict[str, Any]:
    """The body of an order of some products."""
    return {
        "lines": [
            {"product_id": product["id"], "quantity": quantity} for product, quantity in lines
        ]
    }


def new_order(api: Api, *lines: tuple[dict[str, Any], int]) -> dict[str, Any]:
    """Place an order and return it as the service shows it."""
    response = api.post(ORDERS, json=order_body(*lines))
    assert response.status_code == 201, response.text
    order: dict[str, Any] = response.json()["data"]
    return order


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
