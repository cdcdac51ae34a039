"""A repeated POST: the first answer again, and one row."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.blackbox.asking import at_once
from tests.blackbox.catalogue import (
    BATCHES,
    ORDERS,
    PRODUCTS,
    new_product,
    order_body,
    product_body,
    read_product,
    unique_sku,
)
from tests.blackbox.client import Api

REPLAY = "idempotent-replay"


def keyed(key: str | None = None) -> dict[str, str]:
    """The header with a key, by default one never used."""
    return {"Idempotency-Key": key or uuid4().hex}


def rows(api: Api, sku: str) -> list[dict[str, Any]]:
    """The live products with this sku."""
    found: list[dict[str, Any]] = api.get(PRODUCTS, params={"sku": sku}).json()["data"]
    return found


@pytest.mark.rule("API-19")
def test_same_key_and_body_returns_the_first_answer_and_one_row(api: Api) -> None:
    body, headers = product_body(), keyed()
    first = api.post(PRODUCTS, json=body, headers=headers)

    second = api.post(PRODUCTS, json=body, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert REPLAY not in first.headers
    assert second.headers[REPLAY] == "true"
    assert second.json()["data"] == first.json()["data"]
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert len(rows(api, body["sku"])) == 1


@pytest.mark.rule("API-19")
def test_repeated_order_takes_the_stock_once(api: Api) -> None:
    product = new_product(api, stock=10)
    headers = keyed()

    answers = [api.post(ORDERS, json=order_body((product, 3)), headers=headers) for _ in range(3)]

    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert [answer.headers.get(REPLAY) for answer in answers] == [None, "true", "true"]
    assert read_product(api, product["id"])["stock"] == 7


@pytest.mark.rule("API-19", "API-18")
def test_repeated_batch_stores_its_products_once(api: Api) -> None:
    body, headers = {"products": [product_body(), product_body()]}, keyed()
    first = api.post(BATCHES, json=body, headers=headers)

    second = api.post(BATCHES, json=body, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers[REPLAY] == "true"
    assert second.json()["data"] == first.json()["data"]


@pytest.mark.rule("API-19", "API-05")
def test_same_key_with_another_body_is_a_conflict(api: Api) -> None:
    headers, other = keyed(), product_body()
    api.post(PRODUCTS, json=product_body(), headers=headers)

    response = api.post(PRODUCTS, json=other, headers=headers)

    assert response.status_code == 409
    assert rows(api, other["sku"]) == []


@pytest.mark.rule("API-19")
def test_same_key_on_another_route_never_returns_the_other_answer(api: Api) -> None:
    headers = keyed()
    body = product_body()
    api.post(PRODUCTS, json=body, headers=headers)

    response = api.post(BATCHES, json={"products": [product_body()]}, headers=headers)

    assert response.status_code == 409
    assert REPLAY not in response.headers


@pytest.mark.rule("API-19", "ERR-07")
def test_ten_requests_with_one_key_at_once_make_one_row(api: Api) -> None:
    body, headers = product_body(), keyed()

    answers = at_once(10, lambda _: api.post(PRODUCTS, json=body, headers=headers))

    statuses = {answer.status_code for answer in answers}
    made = {a.json()["data"]["id"] for a in answers if a.status_code == 201}
    assert statuses == {201}
    assert len(made) == 1
    assert sum(REPLAY not in a.headers for a in answers if a.status_code == 201) == 1
    assert len(rows(api, body["sku"])) == 1


@pytest.mark.rule("API-19", "ERR-07")
def test_ten_orders_with_one_key_at_once_take_the_stock_once(api: Api) -> None:
    product, headers = new_product(api, stock=100), keyed()
    body = order_body((product, 1))

    answers = at_once(10, lambda _: api.post(ORDERS, json=body, headers=headers))

    assert {answer.status_code for answer in answers} == {201}
    assert read_product(api, product["id"])["stock"] == 99


@pytest.mark.rule("API-19")
def test_request_that_failed_may_be_repeated_with_its_key(api: Api) -> None:
    sku, headers = unique_sku(), keyed()
    refused = api.post(PRODUCTS, json=product_body(sku=sku, price=-1), headers=headers)

    response = api.post(PRODUCTS, json=product_body(sku=sku), headers=headers)

    assert refused.status_code == 422
    assert response.status_code == 201


@pytest.mark.rule("API-19", "VAL-06")
@pytest.mark.parametrize("key", ["k", "a" * 255, "!~-_.:/+=", '"quoted"'])
def test_key_of_visible_characters_is_taken(api: Api, key: str) -> None:
    unique = key if len(key) == 255 else f"{key}{uuid4().hex}"
    unique = (uuid4().hex + unique)[:255] if len(key) == 255 else unique

    response = api.post(PRODUCTS, json=product_body(), headers=keyed(unique))

    assert response.status_code == 201
    assert REPLAY not in response.headers


@pytest.mark.rule("API-19", "VAL-02", "VAL-06")
@pytest.mark.parametrize(
    "key", [b"a" * 256, b"two words", b"caf\xe9", b"tab\there", b""], ids=lambda key: repr(key)[:14]
)
def test_key_that_is_too_long_or_not_visible_is_refused_with_422(api: Api, key: bytes) -> None:
    body = product_body()

    response = api.request("POST", PRODUCTS, json=body, headers=[(b"Idempotency-Key", key)])

    assert response.status_code == 422
    assert rows(api, body["sku"]) == []
