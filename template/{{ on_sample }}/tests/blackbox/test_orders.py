"""Orders: stock taken and given back, states in their order, prices that stay as they were."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.blackbox.asking import UNKNOWN_ID, at_once, matching
from tests.blackbox.catalogue import (
    ORDERS,
    PRODUCTS,
    delete_product,
    new_order,
    new_product,
    order_body,
    read_product,
)
from tests.blackbox.client import Api, error_code, named_fields

STEPS = ("payment", "shipment", "cancellation")
# state -> step -> the state it leads to; a step that is missing here is a conflict.
LEGAL = {
    "pending": {"payment": "paid", "cancellation": "cancelled"},
    "paid": {"shipment": "shipped", "cancellation": "cancelled"},
    "shipped": {},
    "cancelled": {},
}
WAY_TO = {
    "pending": (),
    "paid": ("payment",),
    "shipped": ("payment", "shipment"),
    "cancelled": ("cancellation",),
}


def stock_of(api: Api, product: dict[str, Any]) -> int:
    """The stock of a product as it is now."""
    stock: int = read_product(api, product["id"])["stock"]
    return stock


@pytest.mark.rule("API-01", "API-12")
def test_placed_order_is_pending_and_answered_with_its_location(api: Api) -> None:
    first, second = new_product(api, price=150), new_product(api, price=7)

    response = api.post(ORDERS, json=order_body((first, 2), (second, 3)))

    data = response.json()["data"]
    assert response.status_code == 201
    assert data["status"] == "pending"
    assert [line["product_id"] for line in data["lines"]] == [first["id"], second["id"]]
    assert [line["quantity"] for line in data["lines"]] == [2, 3]
    assert response.headers["location"].endswith(f"{ORDERS}/{data['id']}")
    assert api.get(response.headers["location"]).json()["data"] == data
    assert 2 * 150 + 3 * 7 in data.values()


@pytest.mark.rule("DB-09")
def test_placed_order_takes_the_stock_of_each_line(api: Api) -> None:
    first, second = new_product(api, stock=10), new_product(api, stock=4)

    new_order(api, (first, 3), (second, 4))

    assert (stock_of(api, first), stock_of(api, second)) == (7, 0)


@pytest.mark.rule("VAL-04", "DB-09", "DB-10", "API-05")
def test_order_beyond_the_stock_names_the_line_and_takes_nothing(api: Api) -> None:
    plenty, scarce = new_product(api, stock=10), new_product(api, stock=2)

    response = api.post(ORDERS, json=order_body((plenty, 1), (scarce, 3)))

    assert response.status_code == 409
    assert error_code(response) == "order.out_of_stock"
    assert named_fields(response) == {"lines.1.quantity"}
    assert (stock_of(api, plenty), stock_of(api, scarce)) == (10, 2)


@pytest.mark.rule("VAL-04", "DB-09")
def test_order_of_an_unknown_product_names_the_line_and_takes_nothing(api: Api) -> None:
    product = new_product(api, stock=10)

    response = api.post(ORDERS, json=order_body((product, 1), ({"id": UNKNOWN_ID}, 1)))

    assert response.status_code == 409
    assert named_fields(response) == {"lines.1.product_id"}
    assert stock_of(api, product) == 10


@pytest.mark.rule("VAL-04", "DB-08")
def test_order_of_a_deleted_product_is_refused(api: Api) -> None:
    product = new_product(api)
    delete_product(api, product["id"])

    response = api.post(ORDERS, json=order_body((product, 1)))

    assert response.status_code == 409
    assert named_fields(response) == {"lines.0.product_id"}


@pytest.mark.rule("VAL-04", "VAL-06")
def test_two_lines_of_one_product_never_take_more_than_there_is(api: Api) -> None:
    product = new_product(api, stock=3)

    response = api.post(ORDERS, json=order_body((product, 2), (product, 2)))

    assert response.status_code == 409
    assert stock_of(api, product) == 3


@pytest.mark.rule("VAL-04")
def test_order_in_two_currencies_is_refused(api: Api) -> None:
    euro, dollar = new_product(api, currency="EUR"), new_product(api, currency="USD")

    response = api.post(ORDERS, json=order_body((euro, 1), (dollar, 1)))

    assert response.status_code == 409
    assert (stock_of(api, euro), stock_of(api, dollar)) == (10, 10)


@pytest.mark.rule("VAL-04")
def test_prices_of_an_order_stay_as_they_were_when_it_was_placed(api: Api) -> None:
    product = new_product(api, price=1234)
    order = new_order(api, (product, 1))
    path = f"{PRODUCTS}/{product['id']}"
    changed = api.patch(path, json={"price": 4321, "name": "Other"}, headers=matching(api, path))

    found = api.get(f"{ORDERS}/{order['id']}").json()["data"]

    assert changed.status_code == 200
    assert found == order
    assert 1234 in found["lines"][0].values()


@pytest.mark.rule("VAL-04", "API-05")
@pytest.mark.parametrize("state", list(LEGAL))
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_taken_from_its_own_states_only(api: Api, state: str, step: str) -> None:
    product = new_product(api, stock=5)
    order = new_order(api, (product, 2))
    for earlier in WAY_TO[state]:
        assert api.post(f"{ORDERS}/{order['id']}/{earlier}").status_code == 200
    before = api.get(f"{ORDERS}/{order['id']}").json()["data"]

    response = api.post(f"{ORDERS}/{order['id']}/{step}")

    after = api.get(f"{ORDERS}/{order['id']}")
    if step in LEGAL[state]:
        assert response.status_code == 200
        assert response.json()["data"]["status"] == LEGAL[state][step]
        assert response.json()["data"] == after.json()["data"]
        assert response.headers["etag"] == after.headers["etag"]
    else:
        assert response.status_code == 409
        assert error_code(response).startswith("order.")
        assert after.json()["data"] == before
    cancelled = "cancelled" in (state, LEGAL[state].get(step))
    assert stock_of(api, product) == (5 if cancelled else 3)


@pytest.mark.rule("API-05")
@pytest.mark.parametrize("step", STEPS)
def test_step_of_an_unknown_order_answers_404(api: Api, step: str) -> None:
    response = api.post(f"{ORDERS}/{UNKNOWN_ID}/{step}")

    assert response.status_code == 404


@pytest.mark.rule("ERR-07", "DB-14", "DB-09")
def test_hundred_buyers_of_ten_pieces_get_ten_orders(api: Api) -> None:
    product = new_product(api, stock=10)
    body = order_body((product, 1))

    answers = at_once(100, lambda _: api.post(ORDERS, json=body))

    statuses = Counter(answer.status_code for answer in answers)
    refused = [answer for answer in answers if answer.status_code == 409]
    assert statuses == {201: 10, 409: 90}
    assert {error_code(answer) for answer in refused} == {"order.out_of_stock"}
    assert stock_of(api, product) == 0


@pytest.mark.rule("ERR-07", "DB-14")
def test_buyers_of_the_same_goods_in_opposite_order_do_not_block_each_other(api: Api) -> None:
    first, second = new_product(api, stock=100), new_product(api, stock=100)
    there, back = order_body((first, 1), (second, 1)), order_body((second, 1), (first, 1))

    answers = at_once(40, lambda number: api.post(ORDERS, json=back if number % 2 else there))

    assert Counter(answer.status_code for answer in answers) == {201: 40}
    assert (stock_of(api, first), stock_of(api, second)) == (60, 60)


@pytest.mark.rule("ERR-07", "DB-14")
def test_ten_cancellations_at_once_return_the_stock_once(api: Api) -> None:
    product = new_product(api, stock=5)
    order = new_order(api, (product, 5))

    answers = at_once(10, lambda _: api.post(f"{ORDERS}/{order['id']}/cancellation"))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}
    assert stock_of(api, product) == 5


@pytest.mark.rule("ERR-07", "DB-14")
def test_payment_and_cancellation_at_once_end_in_one_consistent_state(api: Api) -> None:
    product = new_product(api, stock=5)
    order = new_order(api, (product, 5))
    steps = ("payment", "cancellation")

    at_once(10, lambda number: api.post(f"{ORDERS}/{order['id']}/{steps[number % 2]}"))

    state = api.get(f"{ORDERS}/{order['id']}").json()["data"]["status"]
    assert state == "cancelled"
    assert stock_of(api, product) == 5


@pytest.mark.rule("ERR-07", "DB-11")
def test_twenty_products_with_one_sku_at_once_become_one(api: Api) -> None:
    body = {"sku": new_product(api)["sku"] + "-X", "name": "Cup", "price": 1}
    body |= {"currency": "EUR", "stock": 1}

    answers = at_once(20, lambda _: api.post(PRODUCTS, json=body))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
