"""Products and orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.blackbox.catalogue import (
    delete_product,
    new_order,
    new_product,
    order_body,
    product_body,
)
from tests.blackbox.client import Api
from tests.contract.requests import EVERYBODY, PUBLIC, STAFF, Access, Call, Key, Prepared

PRODUCT = "/v1/products/{product_id}"
ORDER = "/v1/orders/{order_id}"
ANY_VERSION = {"If-Match": "*"}


def product_path(api: Api) -> str:
    """A product that is there."""
    return f"/v1/products/{new_product(api)['id']}"


def deleted_product_path(api: Api, sku: str | None = None) -> str:
    """A product that was deleted."""
    product = new_product(api, **({"sku": sku} if sku else {}))
    delete_product(api, product["id"])
    return f"/v1/products/{product['id']}"


def order_path(api: Api, *steps: str) -> str:
    """An order after some steps."""
    path = f"/v1/orders/{new_order(api, (new_product(api), 1))['id']}"
    for step in steps:
        assert api.post(f"{path}/{step}").status_code == 200
    return path


def taken(api: Api) -> dict[str, Any]:
    """The body of a product whose SKU another one has."""
    return product_body(sku=new_product(api)["sku"])


def step_of(name: str, *before: str) -> Callable[[Api], Call]:
    """A step of an order after others."""
    return lambda api: Call(f"{order_path(api, *before)}/{name}")


VALID: Prepared = {
    ("GET", "/v1/products"): lambda _: Call("/v1/products"),
    ("POST", "/v1/products"): lambda _: Call("/v1/products", json=product_body()),
    ("POST", "/v1/product-batches"): lambda _: Call(
        "/v1/product-batches", json={"products": [product_body()]}
    ),
    ("GET", PRODUCT): lambda api: Call(product_path(api)),
    ("PUT", PRODUCT): lambda api: Call(product_path(api), json=product_body(), headers=ANY_VERSION),
    ("PATCH", PRODUCT): lambda api: Call(product_path(api), json={"stock": 1}, headers=ANY_VERSION),
    ("DELETE", PRODUCT): lambda api: Call(product_path(api), headers=ANY_VERSION),
    ("POST", f"{PRODUCT}/restoration"): lambda api: Call(
        f"{deleted_product_path(api)}/restoration"
    ),
    ("GET", "/v1/orders"): lambda _: Call("/v1/orders"),
    ("POST", "/v1/orders"): lambda api: Call("/v1/orders", json=order_body((new_product(api), 1))),
    ("GET", ORDER): lambda api: Call(order_path(api)),
    ("POST", f"{ORDER}/payment"): step_of("payment"),
    ("POST", f"{ORDER}/shipment"): step_of("shipment", "payment"),
    ("POST", f"{ORDER}/cancellation"): step_of("cancellation"),
}

CONFLICTING: Prepared = {
    ("POST", "/v1/products"): lambda api: Call("/v1/products", json=taken(api)),
    ("POST", "/v1/product-batches"): lambda api: Call(
        "/v1/product-batches", json={"products": [taken(api)]}
    ),
    ("PUT", PRODUCT): lambda api: Call(product_path(api), json=taken(api), headers=ANY_VERSION),
    ("PATCH", PRODUCT): lambda api: Call(
        product_path(api), json={"sku": taken(api)["sku"]}, headers=ANY_VERSION
    ),
    ("POST", f"{PRODUCT}/restoration"): lambda api: Call(f"{product_path(api)}/restoration"),
    ("POST", "/v1/orders"): lambda api: Call(
        "/v1/orders", json=order_body((new_product(api, stock=0), 1))
    ),
    ("POST", f"{ORDER}/payment"): step_of("payment", "cancellation"),
    ("POST", f"{ORDER}/shipment"): step_of("shipment"),
    ("POST", f"{ORDER}/cancellation"): step_of("cancellation", "payment", "shipment"),
}

WRITING_PRODUCTS = Access("products:write", STAFF)

ACCESS: dict[Key, Access] = {
    ("GET", "/v1/products"): PUBLIC,
    ("POST", "/v1/products"): WRITING_PRODUCTS,
    ("POST", "/v1/product-batches"): WRITING_PRODUCTS,
    ("GET", PRODUCT): PUBLIC,
    ("PUT", PRODUCT): WRITING_PRODUCTS,
    ("PATCH", PRODUCT): WRITING_PRODUCTS,
    ("DELETE", PRODUCT): WRITING_PRODUCTS,
    ("POST", f"{PRODUCT}/restoration"): WRITING_PRODUCTS,
    ("GET", "/v1/orders"): Access("orders:read", EVERYBODY),
    ("POST", "/v1/orders"): Access("orders:place", EVERYBODY),
    ("GET", ORDER): Access("orders:read", EVERYBODY, others=STAFF),
    ("POST", f"{ORDER}/payment"): Access("orders:place", EVERYBODY, others=STAFF),
    ("POST", f"{ORDER}/shipment"): Access("orders:manage", STAFF),
    ("POST", f"{ORDER}/cancellation"): Access("orders:place", EVERYBODY, others=STAFF),
}
