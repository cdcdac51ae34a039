"""Many products at once: all of them or none."""

from __future__ import annotations

import pytest

from tests.blackbox.catalogue import BATCHES, PRODUCTS, new_product, product_body, unique_sku
from tests.blackbox.client import Api, named_fields


def exists(api: Api, sku: str) -> bool:
    """Whether a live product has this sku."""
    return bool(api.get(PRODUCTS, params={"sku": sku}).json()["data"])


@pytest.mark.rule("API-18", "VAL-06")
@pytest.mark.parametrize("count", [1, 2, 500])
def test_batch_stores_every_product_in_the_order_given(api: Api, count: int) -> None:
    bodies = [product_body(price=number) for number in range(count)]

    response = api.post(BATCHES, json={"products": bodies})

    made = response.json()["data"]
    assert response.status_code == 201
    assert [row["sku"] for row in made] == [body["sku"] for body in bodies]
    assert len({row["id"] for row in made}) == count
    assert exists(api, bodies[0]["sku"])
    assert exists(api, bodies[-1]["sku"])


@pytest.mark.rule("API-18", "SEC-15")
@pytest.mark.parametrize("count", [0, 501])
def test_batch_outside_its_bounds_is_refused_with_422(api: Api, count: int) -> None:
    bodies = [product_body() for _ in range(count)]

    response = api.post(BATCHES, json={"products": bodies})

    assert response.status_code == 422
    assert named_fields(response) == {"products"}
    assert not bodies or not exists(api, bodies[0]["sku"])


@pytest.mark.rule("API-18", "VAL-01")
def test_one_invalid_product_stores_none_and_is_named(api: Api) -> None:
    bodies = [product_body(), product_body(price=-1), product_body()]

    response = api.post(BATCHES, json={"products": bodies})

    assert response.status_code == 422
    assert named_fields(response) == {"products.1.price"}
    assert [exists(api, body["sku"]) for body in bodies] == [False, False, False]


@pytest.mark.rule("API-18", "DB-09", "DB-10")
def test_one_taken_sku_stores_none_and_is_a_conflict(api: Api) -> None:
    taken = new_product(api)["sku"]
    bodies = [product_body(), product_body(), product_body(sku=taken)]

    response = api.post(BATCHES, json={"products": bodies})

    assert response.status_code == 409
    assert [exists(api, body["sku"]) for body in bodies[:2]] == [False, False]


@pytest.mark.rule("API-18", "VAL-04")
def test_same_sku_twice_in_a_batch_stores_none(api: Api) -> None:
    sku = unique_sku()

    response = api.post(BATCHES, json={"products": [product_body(sku=sku), product_body(sku=sku)]})

    assert response.status_code == 409
    assert not exists(api, sku)
