"""The admin pages of slices: they show what there is, and change nothing."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from django.contrib import admin

from tests.support.admin import EMAIL, PASSWORD, Visitor, migrated_database, visited
from tests.support.callers import Account, SignedIn

PRODUCT = {"sku": "MUG-ADMIN", "name": "Mug <b>", "price": 1250, "currency": "EUR", "stock": 5}


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    """A superuser, and an order of one product."""
    with migrated_database() as url, visited(url) as person:
        superuser = SignedIn(Account(EMAIL, PASSWORD))
        with httpx2.Client(base_url=person.base_url, auth=superuser, trust_env=False) as client:
            product = client.post("/v1/products", json=PRODUCT).json()["data"]
            line = {"product_id": product["id"], "quantity": 3}
            client.post("/v1/orders", json={"lines": [line]})
        person.log_in()
        yield person


def first(visitor: Visitor, page: str) -> str:
    """The address of the first row of a list."""
    found = re.search(rf'href="({page}[^"]+/change/)', visitor.open(page).text)
    assert found is not None
    return found[1]


def test_list_of_products_shows_them_as_text(visitor: Visitor) -> None:
    page = visitor.open("/admin/products/productrow/")

    assert page.status_code == 200
    assert "MUG-ADMIN" in page.text
    assert "Mug &lt;b&gt;" in page.text


def test_list_is_searched_and_filtered(visitor: Visitor) -> None:
    page = "/admin/products/productrow/?currency=EUR&deleted_at__isempty=1&q="

    assert "MUG-ADMIN" in visitor.open(f"{page}MUG-ADMIN").text
    assert "MUG-ADMIN" not in visitor.open(f"{page}NOBODY").text.replace('value="NOBODY"', "")


def test_product_is_found_by_its_whole_name_and_not_by_a_part(visitor: Visitor) -> None:
    page = "/admin/products/productrow/?q="

    assert "MUG-ADMIN" in visitor.open(f"{page}%22Mug <b>%22").text
    assert "MUG-ADMIN" not in visitor.open(f"{page}Mug").text


@pytest.mark.rule("DB-05")
def test_slices_are_searched_by_what_an_index_finds() -> None:
    searched = {
        f"{model._meta.label}.{field}"
        for model, page in admin.site._registry.items()
        if model._meta.app_label in {"products", "orders"}
        for field in page.search_fields
    }

    assert len(searched) == 4
    assert [field for field in sorted(searched) if not field.endswith("__exact")] == []


def test_order_is_shown_with_its_lines(visitor: Visitor) -> None:
    page = visitor.open(first(visitor, "/admin/orders/orderrow/"))

    assert "3 x MUG-ADMIN at 1250 EUR" in page.text


@pytest.mark.parametrize("page", ["/admin/products/productrow/", "/admin/orders/orderrow/"])
def test_page_of_a_slice_refuses_every_change(visitor: Visitor, page: str) -> None:
    change = first(visitor, page)
    before = visitor.open(change).text

    answers = [
        visitor.send_form(change, {"stock": "9", "status": "paid", "_save": "Save"}),
        visitor.send_form(change.replace("/change/", "/delete/"), {"post": "yes"}),
        visitor.send_form(f"{page}add/", {"sku": "NEW"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert {answer.json()["error"]["code"] for answer in answers} == {"auth.forbidden"}
    assert 'name="_save"' not in before
    assert visitor.open(change).text.count("MUG-ADMIN") == before.count("MUG-ADMIN")
