"""Products: what each method does, and what it leaves alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.blackbox.asking import UNKNOWN_ID, matching
from tests.blackbox.catalogue import (
    PRODUCTS,
    delete_product,
    new_product,
    product_body,
    read_product,
    unique_sku,
)
from tests.blackbox.client import Api, error_code, named_fields

UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
MEMBERS = {
    "id",
    "sku",
    "name",
    "price",
    "currency",
    "stock",
    "version",
    "created_at",
    "updated_at",
}


@pytest.mark.rule("API-01", "API-12", "API-13")
def test_created_product_is_answered_whole_with_its_location(api: Api) -> None:
    body = product_body()

    response = api.post(PRODUCTS, json=body)

    data = response.json()["data"]
    assert response.status_code == 201
    assert set(data) == MEMBERS
    assert {name: data[name] for name in body} == body
    assert UUID7.match(data["id"])
    assert data["version"] == 1
    assert response.headers["location"].endswith(f"{PRODUCTS}/{data['id']}")
    assert api.get(response.headers["location"]).json()["data"] == data


@pytest.mark.rule("API-03")
def test_times_are_rfc_3339_in_utc_and_recent(api: Api) -> None:
    data = new_product(api)

    created = datetime.fromisoformat(data["created_at"])
    assert data["created_at"].endswith("Z")
    assert data["updated_at"] == data["created_at"]
    assert abs(datetime.now(UTC) - created) < timedelta(minutes=5)


@pytest.mark.rule("API-04")
def test_reading_changes_nothing(api: Api) -> None:
    data = new_product(api)

    answers = [read_product(api, data["id"]) for _ in range(3)]

    assert answers == [data, data, data]


@pytest.mark.rule("API-04")
def test_put_replaces_every_member_and_counts_the_version(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    replacement = product_body(name="Red kettle", price=1, currency="USD", stock=0)

    response = api.put(path, json=replacement, headers=matching(api, path))

    changed = response.json()["data"]
    assert response.status_code == 200
    assert {name: changed[name] for name in replacement} == replacement
    assert changed["version"] == 2
    assert changed["created_at"] == data["created_at"]
    assert changed["updated_at"] >= data["updated_at"]
    assert read_product(api, data["id"]) == changed


@pytest.mark.rule("API-04", "API-19")
def test_same_put_twice_leaves_one_identical_row(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    replacement = product_body(name="Red kettle")

    first = api.put(path, json=replacement, headers=matching(api, path)).json()["data"]
    second = api.put(path, json=replacement, headers=matching(api, path)).json()["data"]

    changing = {"version", "updated_at"}
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in second.items() if k not in changing
    }


@pytest.mark.rule("API-04", "VAL-01")
@pytest.mark.parametrize("missing", ["sku", "name", "price", "currency", "stock"])
def test_put_without_a_member_is_refused_and_names_it(api: Api, missing: str) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    body = {name: value for name, value in product_body().items() if name != missing}

    response = api.put(path, json=body, headers=matching(api, path))

    assert response.status_code == 422
    assert missing in {detail["field"] for detail in response.json()["error"]["details"]}
    assert read_product(api, data["id"]) == data


@pytest.mark.rule("API-04")
@pytest.mark.parametrize(
    ("member", "value"), [("name", "Green cup"), ("price", 5), ("stock", 0), ("currency", "USD")]
)
def test_patch_alters_only_the_member_that_was_sent(
    api: Api, member: str, value: str | int
) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"

    response = api.patch(path, json={member: value}, headers=matching(api, path))

    changed = response.json()["data"]
    assert response.status_code == 200
    assert changed[member] == value
    untouched = MEMBERS - {member, "version", "updated_at"}
    assert {name: changed[name] for name in untouched} == {name: data[name] for name in untouched}


@pytest.mark.rule("VAL-02")
def test_patch_with_null_is_refused_for_a_required_member(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"

    response = api.patch(path, json={"name": None}, headers=matching(api, path))

    assert response.status_code == 422
    assert read_product(api, data["id"]) == data


@pytest.mark.rule("API-04", "DB-08")
def test_deleted_product_answers_204_and_then_404(api: Api) -> None:
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"

    response = api.delete(path, headers=matching(api, path))

    assert response.status_code == 204
    assert response.content == b""
    assert api.get(path).status_code == 404
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 404
    assert api.patch(path, json={"stock": 1}, headers={"If-Match": "*"}).status_code == 404


@pytest.mark.rule("API-05", "ERR-01")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_unknown_product_answers_404_for_every_method(api: Api, method: str) -> None:
    body = {"PUT": product_body(), "PATCH": {"stock": 1}}.get(method)
    arguments = {} if body is None else {"json": body}

    response = api.request(
        method, f"{PRODUCTS}/{UNKNOWN_ID}", headers={"If-Match": '"1"'}, **arguments
    )

    assert response.status_code == 404


@pytest.mark.rule("API-05", "VAL-01")
@pytest.mark.parametrize("broken", ["1", "not-a-uuid", "0192f0c1", "%27%20OR%201%3D1", "null"])
def test_id_of_the_wrong_shape_is_refused_with_422_that_names_it(api: Api, broken: str) -> None:
    response = api.get(f"{PRODUCTS}/{broken}")

    assert response.status_code == 422
    assert named_fields(response) == {"product_id"}


@pytest.mark.rule("VAL-04", "ERR-07", "API-05")
def test_second_product_with_the_same_sku_is_a_conflict(api: Api) -> None:
    data = new_product(api)

    response = api.post(PRODUCTS, json=product_body(sku=data["sku"]))

    assert response.status_code == 409
    assert error_code(response).startswith("product.")


@pytest.mark.rule("VAL-04", "ERR-07")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_changing_the_sku_to_one_in_use_is_a_conflict(api: Api, method: str) -> None:
    taken = new_product(api)["sku"]
    data = new_product(api)
    path = f"{PRODUCTS}/{data['id']}"
    body = product_body(sku=taken) if method == "PUT" else {"sku": taken}

    response = api.request(method, path, json=body, headers=matching(api, path))

    assert response.status_code == 409
    assert read_product(api, data["id"]) == data


@pytest.mark.rule("API-04")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", PRODUCTS),
        ("PATCH", PRODUCTS),
        ("DELETE", PRODUCTS),
        ("POST", f"{PRODUCTS}/{UNKNOWN_ID}"),
        ("GET", f"{PRODUCTS}/{UNKNOWN_ID}/restoration"),
        ("GET", "/v1/product-batches"),
        ("DELETE", f"/v1/orders/{UNKNOWN_ID}"),
        ("PUT", f"/v1/orders/{UNKNOWN_ID}"),
        ("GET", f"/v1/orders/{UNKNOWN_ID}/payment"),
    ],
)
def test_method_that_a_route_lacks_answers_405_with_the_others(
    api: Api, method: str, path: str
) -> None:
    response = api.request(method, path)

    assert response.status_code == 405
    assert error_code(response) == "request.method_not_allowed"
    allowed = {name.strip() for name in response.headers["allow"].split(",")}
    assert allowed
    assert method not in allowed


@pytest.mark.rule("ERR-01")
@pytest.mark.parametrize("path", [f"{PRODUCTS}/", "/v1/orders/", f"{PRODUCTS}//", f"/{PRODUCTS}"])
def test_trailing_or_double_slash_is_another_address(api: Api, path: str) -> None:
    response = api.get(f"{api.base_url}{path}")

    assert response.status_code == 404
    assert "location" not in response.headers


@pytest.mark.rule("API-04")
def test_head_of_a_member_and_of_a_list_mirrors_get(api: Api) -> None:
    data = new_product(api)
    for path in (f"{PRODUCTS}/{data['id']}", f"{PRODUCTS}?limit=1", f"{PRODUCTS}/{UNKNOWN_ID}"):
        expected = api.get(path)

        response = api.request("HEAD", path)

        assert response.status_code == expected.status_code
        assert response.headers.get("etag") == expected.headers.get("etag")
        assert response.headers["content-type"] == expected.headers["content-type"]


@pytest.mark.rule("DB-08", "API-04")
def test_deleted_product_disappears_from_lists_and_restoration_brings_it_back(api: Api) -> None:
    data = new_product(api)
    delete_product(api, data["id"])
    hidden = api.get(PRODUCTS, params={"sku": data["sku"]}).json()["data"]

    response = api.post(f"{PRODUCTS}/{data['id']}/restoration")

    restored = response.json()["data"]
    assert hidden == []
    assert response.status_code == 200
    assert {**restored, "version": 0, "updated_at": ""} == {**data, "version": 0, "updated_at": ""}
    assert restored["version"] > data["version"]
    assert response.headers["etag"] == api.get(f"{PRODUCTS}/{data['id']}").headers["etag"]
    assert [row["id"] for row in api.get(PRODUCTS, params={"sku": data["sku"]}).json()["data"]] == [
        data["id"]
    ]


@pytest.mark.rule("DB-08")
def test_sku_of_a_deleted_product_may_be_used_again(api: Api) -> None:
    sku = unique_sku()
    first = new_product(api, sku=sku)
    delete_product(api, first["id"])

    second = new_product(api, sku=sku)

    assert second["id"] != first["id"]


@pytest.mark.rule("DB-08", "VAL-04")
def test_restoration_is_a_conflict_when_the_sku_is_taken(api: Api) -> None:
    sku = unique_sku()
    first = new_product(api, sku=sku)
    delete_product(api, first["id"])
    new_product(api, sku=sku)

    response = api.post(f"{PRODUCTS}/{first['id']}/restoration")

    assert response.status_code == 409
    assert api.get(f"{PRODUCTS}/{first['id']}").status_code == 404


@pytest.mark.rule("VAL-04")
def test_restoration_of_a_product_that_was_not_deleted_is_a_conflict(api: Api) -> None:
    data = new_product(api)

    response = api.post(f"{PRODUCTS}/{data['id']}/restoration")

    assert response.status_code == 409


@pytest.mark.rule("API-05")
def test_restoration_of_an_unknown_product_answers_404(api: Api) -> None:
    response = api.post(f"{PRODUCTS}/{UNKNOWN_ID}/restoration")

    assert response.status_code == 404
