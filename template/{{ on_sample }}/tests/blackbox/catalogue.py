"""Products and orders for tests to work with, made over HTTP."""

from __future__ import annotations

import itertools
import time
from typing import Any
from uuid import uuid4

from tests.blackbox.asking import matching
from tests.blackbox.client import Api

PRODUCTS = "/v1/products"
BATCHES = "/v1/product-batches"
ORDERS = "/v1/orders"

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
