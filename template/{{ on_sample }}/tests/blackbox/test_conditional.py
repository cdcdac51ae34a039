"""Versions: an entity tag for reading again cheaply, and for never overwriting what one has not seen."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.blackbox.asking import at_once, etag_of
from tests.blackbox.catalogue import (
    ORDERS,
    PRODUCTS,
    new_order,
    new_product,
    product_body,
    read_product,
)
from tests.blackbox.client import Api

CHANGES: dict[str, Any] = {"PUT": product_body(), "PATCH": {"stock": 3}, "DELETE": None}


def change(api: Api, method: str, path: str, headers: dict[str, str]) -> Any:
    """Send a valid change of a product."""
    body = product_body() if method == "PUT" else CHANGES[method]
    return api.request(method, path, headers=headers, **({} if body is None else {"json": body}))


@pytest.mark.rule("CACHE-08", "API-01")
def test_members_carry_a_strong_entity_tag_that_changes_with_them(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    first = etag_of(api, path)

    response = api.patch(path, json={"stock": 3}, headers={"If-Match": first})

    assert first.startswith('"')
    assert response.headers["etag"] != first
    assert etag_of(api, path) == response.headers["etag"]


@pytest.mark.rule("API-01")
def test_tag_of_a_creation_is_the_tag_of_the_first_reading(api: Api) -> None:
    response = api.post(PRODUCTS, json=product_body())

    assert etag_of(api, response.headers["location"]) == response.headers["etag"]


@pytest.mark.rule("CACHE-08", "API-01")
@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"zz", {0}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_a_known_version_answers_304_without_a_body(
    api: Api, method: str, form: str
) -> None:
    path = f"{PRODUCTS}/{new_product(api)['id']}"
    tag = etag_of(api, path)

    response = api.request(method, path, headers={"If-None-Match": form.format(tag)})

    assert response.status_code == 304
    assert response.headers["etag"] == tag
    assert response.content == b""


@pytest.mark.rule("API-01")
@pytest.mark.parametrize("tag", ['"other"', 'W/"0"', "nonsense", '""'])
def test_reading_with_another_tag_answers_the_whole_product(api: Api, tag: str) -> None:
    data = new_product(api)

    response = api.get(f"{PRODUCTS}/{data['id']}", headers={"If-None-Match": tag})

    assert response.status_code == 200
    assert response.json()["data"] == data


@pytest.mark.rule("API-01")
def test_orders_carry_an_entity_tag_and_answer_304(api: Api) -> None:
    path = f"{ORDERS}/{new_order(api, (new_product(api), 1))['id']}"

    response = api.get(path, headers={"If-None-Match": etag_of(api, path)})

    assert response.status_code == 304


@pytest.mark.rule("DB-14", "ERR-07")
@pytest.mark.parametrize("method", list(CHANGES))
def test_change_without_if_match_answers_428_and_changes_nothing(api: Api, method: str) -> None:
    data = new_product(api)

    response = change(api, method, f"{PRODUCTS}/{data['id']}", {})

    assert response.status_code == 428
    assert read_product(api, data["id"]) == data


@pytest.mark.rule("DB-14", "ERR-07")
@pytest.mark.parametrize("method", list(CHANGES))
@pytest.mark.parametrize("tag", ['"0"', '"999"', 'W/"1"', "nonsense", '"nonsense"', "1"])
def test_change_with_another_tag_answers_412_and_changes_nothing(
    api: Api, method: str, tag: str
) -> None:
    data = new_product(api)

    response = change(api, method, f"{PRODUCTS}/{data['id']}", {"If-Match": tag})

    assert response.status_code == 412
    assert read_product(api, data["id"]) == data


@pytest.mark.rule("DB-14")
@pytest.mark.parametrize("method", list(CHANGES))
def test_change_with_a_star_is_applied_to_whatever_version_there_is(api: Api, method: str) -> None:
    data = new_product(api)

    response = change(api, method, f"{PRODUCTS}/{data['id']}", {"If-Match": "*"})

    assert response.status_code == (204 if method == "DELETE" else 200)


@pytest.mark.rule("DB-14", "ERR-07")
def test_second_of_two_changes_to_one_version_is_refused(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    seen = {"If-Match": etag_of(api, path)}
    api.patch(path, json={"stock": 3}, headers=seen)

    response = api.patch(path, json={"stock": 4}, headers=seen)

    assert response.status_code == 412
    assert read_product(api, data["id"])["stock"] == 3


def race(api: Api, path: str) -> list[httpx2.Response]:
    """Sixteen changes at once by writers who have all seen the present version."""
    seen = {"If-Match": etag_of(api, path)}
    return at_once(16, lambda number: api.patch(path, json={"stock": number}, headers=seen))


@pytest.mark.rule("ERR-07", "DB-14")
def test_of_sixteen_writers_with_one_version_exactly_one_wins_every_time(api: Api) -> None:
    path = f"{PRODUCTS}/{new_product(api)['id']}"

    for _ in range(8):
        answers = race(api, path)

        winners = [answer for answer in answers if answer.status_code == 200]
        assert [answer.json()["data"] for answer in winners] == [api.get(path).json()["data"]]
        assert {answer.status_code for answer in answers} == {200, 412}
