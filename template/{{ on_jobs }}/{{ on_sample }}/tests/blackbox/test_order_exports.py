"""Orders as files: asked for, followed until they are written, fetched by their owner."""

from __future__ import annotations

import csv
from uuid import uuid4

import pytest

from tests.blackbox.asking import UNKNOWN_ID
from tests.blackbox.catalogue import ORDERS, new_order, new_product
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.exports import EXPORTS, ask_for_export, new_export
from tests.blackbox.jobs import JOBS, followed
from tests.blackbox.people import Person, new_key, new_person
from tests.support.jobs_over_http import UNFINISHED_JOB

COLUMNS = [
    "order_id",
    "customer_id",
    "status",
    "total",
    "currency",
    "created_at",
    "product_id",
    "quantity",
    "unit_price",
]


@pytest.fixture(scope="module")
def buyer(api: Api) -> Person:
    """Somebody who has ordered twice, and has paid once."""
    person = new_person(api)
    product, another = new_product(api), new_product(api)
    new_order(person.api, (product, 2), (another, 1))
    paid = new_order(person.api, (product, 1))
    assert person.api.post(f"{ORDERS}/{paid['id']}/payment").status_code == 200
    return person


def rows_of(api: Api, job_id: str) -> list[dict[str, str]]:
    """The rows of a file."""
    response = api.get(f"{EXPORTS}/{job_id}/file")
    assert response.status_code == 200, response.text
    return list(csv.DictReader(response.text.splitlines()))


@pytest.mark.rule("JOB-01", "JOB-08", "API-04")
def test_export_is_accepted_followed_and_fetched(buyer: Person) -> None:
    accepted = buyer.api.post(EXPORTS, json={})

    job = accepted.json()["data"]
    assert accepted.status_code == 202
    assert accepted.headers["location"] == f"{JOBS}/{job['id']}"
    assert (job["kind"], job["status"], job["progress"]) == ("orders.export", "queued", 0)
    seen = followed(buyer.api, job["id"])
    progress = [one["progress"] for one in seen]
    assert progress == sorted(progress)
    assert (seen[-1]["status"], progress[-1], seen[-1]["error"]) == ("succeeded", 100, None)
    result = seen[-1]["result"]
    assert result == {"file": f"{EXPORTS}/{job['id']}/file", "orders": 2}
    assert buyer.api.get(result["file"]).status_code == 200


@pytest.mark.rule("SEC-06")
def test_file_is_kept_by_browsers_and_not_shown(buyer: Person) -> None:
    job = new_export(buyer.api)

    response = buyer.api.get(f"{EXPORTS}/{job['id']}/file")

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == (
        f'attachment; filename="orders-{job["id"]}.csv"'
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert response.text.splitlines()[0] == ",".join(COLUMNS)
    head = buyer.api.request("HEAD", f"{EXPORTS}/{job['id']}/file")
    assert (head.status_code, head.content) == (200, b"")


def test_file_holds_a_row_for_each_line_of_the_caller_s_orders(buyer: Person) -> None:
    everything = rows_of(buyer.api, new_export(buyer.api)["id"])
    paid = rows_of(buyer.api, new_export(buyer.api, status="paid")["id"])

    orders = buyer.api.get(ORDERS).json()["data"]
    expected = {
        (order["id"], order["status"], line["product_id"], str(line["quantity"]))
        for order in orders
        for line in order["lines"]
    }
    found = [
        (row["order_id"], row["status"], row["product_id"], row["quantity"]) for row in everything
    ]
    assert (len(found), set(found)) == (3, expected)
    assert {row["customer_id"] for row in everything} == {buyer.id}
    assert {row["status"] for row in paid} == {"paid"}


@pytest.mark.rule("AUTH-06")
def test_those_who_may_read_any_order_export_everybody_s(buyer: Person, staff: Person) -> None:
    rows = rows_of(staff.api, new_export(staff.api)["id"])

    assert buyer.id in {row["customer_id"] for row in rows}


@pytest.mark.rule("AUTH-06", "AUTH-13")
def test_file_with_everybody_s_orders_takes_a_key_that_may_read_them(staff: Person) -> None:
    path = f"{EXPORTS}/{new_export(staff.api)['id']}/file"
    scopes = [("orders:read",), ("orders:read", "orders:read-any")]
    keys = [{"X-API-Key": new_key(staff.api, *some)["key"]} for some in scopes]

    narrow, wide = (staff.api.get(path, headers=key, auth=None) for key in keys)

    assert (narrow.status_code, error_code(narrow)) == (403, "auth.forbidden")
    assert wide.status_code == 200


@pytest.mark.rule("JOB-08", "AUTH-06")
def test_neither_job_nor_file_is_there_for_anybody_else(
    api: Api, buyer: Person, another_customer: Person
) -> None:
    job = new_export(buyer.api)

    for caller in (another_customer.api, api):
        followed_by_them = caller.get(f"{JOBS}/{job['id']}")
        fetched = caller.get(f"{EXPORTS}/{job['id']}/file")
        assert (followed_by_them.status_code, fetched.status_code) == (404, 404)
        assert error_code(fetched) == "export.not_found"
    assert buyer.api.get(f"{EXPORTS}/{UNKNOWN_ID}/file").status_code == 404


def test_file_that_is_not_written_yet_is_a_conflict(api: Api) -> None:
    response = api.get(f"{EXPORTS}/{UNFINISHED_JOB}/file")

    assert (response.status_code, error_code(response)) == (409, "export.not_ready")


@pytest.mark.rule("API-19")
def test_same_key_asks_for_one_export(buyer: Person) -> None:
    headers = {"Idempotency-Key": uuid4().hex}

    first, again = (buyer.api.post(EXPORTS, json={}, headers=headers) for _ in range(2))
    other = buyer.api.post(EXPORTS, json={"status": "paid"}, headers=headers)

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert first.json()["data"] == again.json()["data"]
    assert first.headers["location"] == again.headers["location"]
    assert again.headers["idempotent-replay"] == "true"


@pytest.mark.rule("VAL-01")
@pytest.mark.parametrize(
    ("body", "field"),
    [({"status": "lost"}, "status"), ({"status": 1}, "status"), ({"format": "csv"}, "format")],
)
def test_export_of_something_else_is_refused(
    customer: Person, body: dict[str, object], field: str
) -> None:
    response = customer.api.post(EXPORTS, json=body)

    assert response.status_code == 422
    assert named_fields(response) == {field}


def test_export_of_no_orders_is_a_file_with_its_head_alone(customer: Person) -> None:
    job = ask_for_export(customer.api, status="shipped")
    followed(customer.api, job["id"])

    assert rows_of(customer.api, job["id"]) == []
