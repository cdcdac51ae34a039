"""Lists: bounded pages, cursors that cannot be forged or misplaced, and no row twice or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.blackbox.asking import pages, walk
from tests.blackbox.catalogue import (
    ORDERS,
    PRODUCTS,
    delete_product,
    new_band,
    new_order,
    new_product,
    new_products,
    product_body,
)
from tests.blackbox.client import Api, error_code, named_fields


def stocked(api: Api, count: int, **values: Any) -> tuple[int, list[dict[str, Any]]]:
    """Make products that one `min_stock` tells from all others; returns that stock and the products."""
    band = new_band()
    bodies = [
        product_body(stock=band, name=f"Cup {number % 7}", price=number % 5, **values)
        for number in range(count)
    ]
    return band, new_products(api, bodies)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The ids of rows, in their order."""
    return [row["id"] for row in rows]


@pytest.mark.rule("API-15", "API-17")
def test_page_holds_fifty_rows_unless_asked_otherwise(api: Api) -> None:
    band, _ = stocked(api, 60)

    body = api.get(PRODUCTS, params={"min_stock": band}).json()

    assert len(body["data"]) == 50
    assert body["pagination"]["limit"] == 50
    assert body["pagination"]["next_cursor"]
    assert body["pagination"]["previous_cursor"] is None


@pytest.mark.rule("API-15", "API-17")
@pytest.mark.parametrize("limit", [1, 2, 99, 100])
def test_page_holds_as_many_rows_as_asked_for(api: Api, limit: int) -> None:
    band, _ = stocked(api, 101)

    body = api.get(PRODUCTS, params={"min_stock": band, "limit": limit}).json()

    assert len(body["data"]) == limit
    assert body["pagination"]["limit"] == limit


@pytest.mark.rule("API-15")
def test_list_without_rows_is_an_empty_page_without_cursors(api: Api) -> None:
    response = api.get(PRODUCTS, params={"min_stock": new_band() + 1})

    assert response.status_code == 200
    assert response.json()["data"] == []
    assert response.json()["pagination"] == {
        "limit": 50,
        "next_cursor": None,
        "previous_cursor": None,
    }


@pytest.mark.rule("API-15", "API-16", "PERF-09")
@pytest.mark.parametrize(
    "sort", [None, "created_at", "-created_at", "name", "-name", "price", "-price"]
)
def test_walking_250_rows_sees_each_one_once_in_order(api: Api, sort: str | None) -> None:
    band, products = stocked(api, 250)
    asked = {"min_stock": band, "limit": 40, **({"sort": sort} if sort else {})}

    found = walk(api, PRODUCTS, **asked)

    assert len(found) == 250
    assert set(ids(found)) == set(ids(products))
    by, descending = (sort or "-created_at").lstrip("-"), (sort or "-").startswith("-")
    values = [row[by] for row in found]
    assert values == sorted(values, reverse=descending)


@pytest.mark.rule("API-15")
def test_newest_rows_come_first_by_default(api: Api) -> None:
    band = new_band()
    made = [new_product(api, stock=band)["id"] for _ in range(5)]

    found = api.get(PRODUCTS, params={"min_stock": band}).json()["data"]

    assert ids(found) == made[::-1]
    times = [datetime.fromisoformat(row["created_at"]) for row in found]
    assert times == sorted(times, reverse=True)


@pytest.mark.rule("API-16")
def test_previous_cursor_leads_back_over_the_same_pages(api: Api) -> None:
    band, _ = stocked(api, 25)
    forward = list(pages(api, PRODUCTS, min_stock=band, limit=10))
    asked: dict[str, Any] = {"min_stock": band, "limit": 10}
    second = api.get(
        PRODUCTS,
        params={
            **asked,
            "cursor": api.get(PRODUCTS, params=asked).json()["pagination"]["next_cursor"],
        },
    ).json()
    third = api.get(
        PRODUCTS, params={**asked, "cursor": second["pagination"]["next_cursor"]}
    ).json()

    back = api.get(
        PRODUCTS, params={**asked, "cursor": third["pagination"]["previous_cursor"]}
    ).json()
    first = api.get(
        PRODUCTS, params={**asked, "cursor": back["pagination"]["previous_cursor"]}
    ).json()

    assert [len(page) for page in forward] == [10, 10, 5]
    assert third["pagination"]["next_cursor"] is None
    assert ids(back["data"]) == ids(forward[1])
    assert ids(first["data"]) == ids(forward[0])
    assert first["pagination"]["previous_cursor"] is None
    assert first["pagination"]["next_cursor"] is not None


@pytest.mark.rule("API-16")
def test_last_full_page_has_no_next_cursor(api: Api) -> None:
    band, _ = stocked(api, 20)

    found = list(pages(api, PRODUCTS, min_stock=band, limit=10))

    assert [len(page) for page in found] == [10, 10]


@pytest.mark.rule("API-16")
@pytest.mark.parametrize("sort", ["-created_at", "created_at", "name", "-price"])
def test_inserts_and_deletions_between_pages_repeat_and_skip_no_other_row(
    api: Api, sort: str
) -> None:
    band, products = stocked(api, 30)
    asked: dict[str, Any] = {"min_stock": band, "limit": 10, "sort": sort}
    first = api.get(PRODUCTS, params=asked).json()
    on_first_page = ids(first["data"])
    gone_before, gone_boundary = on_first_page[0], on_first_page[-1]
    later = [row for row in ids(products) if row not in on_first_page]

    delete_product(api, gone_before)
    delete_product(api, gone_boundary)
    delete_product(api, later[3])
    new_product(api, stock=band, name="Cup 0", price=4)
    new_product(api, stock=band, name="Cup 6", price=0)
    cursor: str | None = first["pagination"]["next_cursor"]
    seen: list[str] = []
    while cursor:
        body = api.get(PRODUCTS, params={**asked, "cursor": cursor}).json()
        seen += ids(body["data"])
        cursor = body["pagination"]["next_cursor"]

    assert len(seen) == len(set(seen))
    assert set(seen) & set(on_first_page) == set()
    assert set(later) - {later[3]} <= set(seen)
    assert later[3] not in seen


@pytest.mark.rule("API-16", "SEC-13")
def test_cursor_that_was_tampered_with_answers_400(api: Api) -> None:
    band, _ = stocked(api, 5)
    asked: dict[str, Any] = {"min_stock": band, "limit": 2}
    cursor = api.get(PRODUCTS, params=asked).json()["pagination"]["next_cursor"]
    middle = len(cursor) // 2
    swapped = "A" if cursor[middle] != "A" else "B"
    forged = [
        cursor[:middle] + swapped + cursor[middle + 1 :],
        cursor[:-4],
        cursor + "AAAA",
        cursor[::-1],
        "nonsense",
        "eyJpZCI6MX0",
        "\u00e9",
        "a" * 1_000,
    ]

    answers = [api.get(PRODUCTS, params={**asked, "cursor": text}) for text in forged]

    assert [answer.status_code for answer in answers] == [400] * len(forged)
    assert {error_code(answer) for answer in answers} == {"request.bad_cursor"}


@pytest.mark.rule("API-16", "VAL-06")
@pytest.mark.parametrize("cursor", ["", "\x00", "a" * 3_000], ids=["empty", "NUL", "too long"])
def test_cursor_that_no_list_could_give_is_refused(api: Api, cursor: str) -> None:
    response = api.get(PRODUCTS, params={"cursor": cursor})

    assert response.status_code == 422
    assert named_fields(response) == {"cursor"}


@pytest.mark.rule("API-16")
@pytest.mark.parametrize(
    "changed",
    [{"sort": "name"}, {"sort": "created_at"}, {"min_stock": 0}, {"sku": "A"}],
    ids=str,
)
def test_cursor_of_another_filter_or_sort_answers_400(api: Api, changed: dict[str, Any]) -> None:
    band, _ = stocked(api, 5)
    asked: dict[str, Any] = {"min_stock": band, "limit": 2}
    cursor = api.get(PRODUCTS, params=asked).json()["pagination"]["next_cursor"]

    response = api.get(PRODUCTS, params={**asked, **changed, "cursor": cursor})

    assert response.status_code == 400
    assert error_code(response) == "request.bad_cursor"


@pytest.mark.rule("API-16")
def test_cursor_of_another_collection_answers_400(api: Api) -> None:
    product = new_product(api, stock=10)
    for _ in range(3):
        new_order(api, (product, 1))
    cursor = api.get(ORDERS, params={"limit": 2}).json()["pagination"]["next_cursor"]
    new_products(api, [product_body() for _ in range(3)])

    response = api.get(PRODUCTS, params={"limit": 2, "cursor": cursor})

    assert cursor
    assert response.status_code == 400


@pytest.mark.rule("API-16")
def test_page_size_may_change_from_page_to_page(api: Api) -> None:
    band, products = stocked(api, 12)
    first = api.get(PRODUCTS, params={"min_stock": band, "limit": 5}).json()

    second = api.get(
        PRODUCTS,
        params={
            "min_stock": band,
            "limit": 100,
            "cursor": first["pagination"]["next_cursor"],
        },
    ).json()

    assert set(ids(first["data"] + second["data"])) == set(ids(products))
    assert len(second["data"]) == 7


@pytest.mark.rule("API-15")
def test_sku_filter_finds_exactly_the_one_product(api: Api) -> None:
    data = new_product(api)
    new_product(api)

    found = api.get(PRODUCTS, params={"sku": data["sku"]}).json()["data"]

    assert found == [data]


@pytest.mark.rule("API-15")
def test_sku_filter_refuses_wildcards_with_422_that_names_it(api: Api) -> None:
    answers = [api.get(PRODUCTS, params={"sku": text}) for text in ("%", "_", "BB-%", "*")]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert [named_fields(answer) for answer in answers] == [{"sku"}] * 4


@pytest.mark.rule("API-15", "VAL-06")
def test_min_stock_filter_keeps_the_boundary_and_drops_below(api: Api) -> None:
    band = new_band()
    new_band()
    at = new_product(api, stock=band + 1)
    below = new_product(api, stock=band)

    found = ids(api.get(PRODUCTS, params={"min_stock": band + 1}).json()["data"])

    assert at["id"] in found
    assert below["id"] not in found


@pytest.mark.rule("API-15", "API-16")
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_orders_are_walked_once_each_in_order(api: Api, sort: str) -> None:
    product = new_product(api, stock=30)
    placed = [new_order(api, (product, 1))["id"] for _ in range(15)]

    found = ids(walk(api, ORDERS, limit=7, sort=sort))

    assert len(found) == len(set(found))
    mine = [order for order in found if order in set(placed)]
    assert mine == (placed if sort == "created_at" else placed[::-1])


@pytest.mark.rule("API-15")
def test_status_filter_shows_only_orders_in_that_state(api: Api) -> None:
    product = new_product(api, stock=10)
    pending = new_order(api, (product, 1))
    paid = new_order(api, (product, 1))
    api.post(f"{ORDERS}/{paid['id']}/payment")

    found = walk(api, ORDERS, status="paid", limit=100)

    assert {row["status"] for row in found} == {"paid"}
    assert paid["id"] in ids(found)
    assert pending["id"] not in ids(found)
