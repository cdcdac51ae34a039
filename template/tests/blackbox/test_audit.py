"""The audit trail: each sensitive operation leaves one entry, which shows no secret and cannot be changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.blackbox.asking import UNKNOWN_ID, matching
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.people import (
    AUDIT,
    KEYS,
    ME,
    OTHER_PASSWORD,
    USERS,
    Person,
    new_key,
    new_person,
    unique_email,
)
from tests.support.callers import PASSWORD
from tests.support.proofs import CURRENT, LOGINS, proof_in, secrets_in

MEMBERS = {
    "id",
    "occurred_at",
    "actor_id",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "request_id",
}


def request_id() -> str:
    """An id by which the entries of one request are found."""
    return f"audit-{uuid4().hex}"


def named(request: str) -> dict[str, str]:
    """The header that names a request."""
    return {"X-Request-ID": request}


def entries_of(api: Api, request: str, **filters: str) -> list[dict[str, Any]]:
    """What a request left behind; it is among the newest entries."""
    response = api.get(AUDIT, params={"limit": "100", **filters})
    assert response.status_code == 200, response.text
    return [entry for entry in response.json()["data"] if entry["request_id"] == request]


@pytest.mark.rule("SEC-08")
def test_signing_up_leaves_an_entry_without_the_address_and_the_password(
    api: Api, anonymous: Api
) -> None:
    request, email = request_id(), unique_email()
    made = anonymous.post(
        USERS, json={"email": email, "password": PASSWORD}, headers=named(request)
    ).json()["data"]

    entries = entries_of(api, request)

    assert len(entries) == 1
    assert set(entries[0]) == MEMBERS
    assert entries[0]["action"] == "users.sign_up"
    assert entries[0]["actor_id"] == made["id"]
    assert (entries[0]["object_type"], entries[0]["object_id"]) == ("user", made["id"])
    assert entries[0]["after"]["roles"] == ["customer"]
    assert email not in json.dumps(entries)
    assert PASSWORD not in json.dumps(entries)
    assert "argon2" not in json.dumps(entries)


@pytest.mark.rule("SEC-08")
def test_other_roles_leave_an_entry_with_those_before_and_those_after(api: Api) -> None:
    request, person = request_id(), new_person(api)
    path = f"{USERS}/{person.id}"
    admin = api.get(ME).json()["data"]["id"]

    api.put(
        f"{path}/roles",
        json={"roles": ["staff"]},
        headers={**matching(api, path), **named(request)},
    )

    entries = entries_of(api, request, object_id=person.id)
    assert [entry["action"] for entry in entries] == ["users.set_roles"]
    assert entries[0]["actor_id"] == admin
    assert entries[0]["before"]["roles"] == ["customer"]
    assert entries[0]["after"]["roles"] == ["staff"]


@pytest.mark.rule("SEC-08", "AUTH-08")
def test_change_of_the_password_leaves_an_entry_that_masks_it(api: Api) -> None:
    request, person = request_id(), new_person(api)
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}

    changed = person.api.patch(
        ME, json=body, headers={**matching(person.api, ME), **named(request)}
    )

    entries = entries_of(api, request, actor_id=person.id)
    assert changed.status_code == 200
    assert [entry["action"] for entry in entries] == ["users.change_password"]
    assert entries[0]["object_id"] == person.id
    assert entries[0]["before"]["password_hash"] == entries[0]["after"]["password_hash"]
    assert "argon2" not in json.dumps(entries)
    assert OTHER_PASSWORD not in json.dumps(entries)


@pytest.mark.rule("SEC-08")
def test_signing_in_and_out_leave_entries_about_one_login(
    api: Api, anonymous: Api, customer: Person
) -> None:
    into, out = request_id(), request_id()
    sent = {"email": customer.account.email, "password": PASSWORD}
    signed_in = anonymous.post(LOGINS, json=sent, headers=named(into))
    anonymous.delete(CURRENT, headers={**proof_in(signed_in), **named(out)})

    entries = [*entries_of(api, into), *entries_of(api, out)]

    assert [entry["action"] for entry in entries] == ["logins.sign_in", "logins.sign_out"]
    assert {entry["actor_id"] for entry in entries} == {customer.id}
    assert len({entry["object_id"] for entry in entries}) == 1
    assert [one for one in secrets_in(signed_in) if one in json.dumps(entries)] == []


@pytest.mark.rule("SEC-08", "AUTH-13")
def test_making_and_taking_back_a_key_leave_entries_without_the_key(
    api: Api, customer: Person
) -> None:
    making, taking = request_id(), request_id()
    body = {"name": "a machine", "scopes": ["account:read"]}
    made = customer.api.post(KEYS, json=body, headers=named(making)).json()["data"]
    customer.api.delete(f"{KEYS}/{made['id']}", headers=named(taking))

    entries = [*entries_of(api, making), *entries_of(api, taking)]

    assert [entry["action"] for entry in entries] == ["api_keys.create", "api_keys.revoke"]
    assert {entry["object_id"] for entry in entries} == {made["id"]}
    assert entries[0]["after"]["scopes"] == ["account:read"]
    assert made["key"] not in json.dumps(entries)
    assert made["key"].removeprefix(made["prefix"]) not in json.dumps(entries)


@pytest.mark.rule("SEC-08", "DB-10")
def test_what_was_refused_leaves_no_entry_of_a_change(api: Api, customer: Person) -> None:
    taken, weak, wrong = request_id(), request_id(), request_id()
    body = {"email": customer.account.email, "password": PASSWORD}
    change = {"current_password": "not the password", "password": OTHER_PASSWORD}

    answers = [
        api.post(USERS, json=body, headers=named(taken)),
        api.post(KEYS, json={"name": "x", "scopes": []}, headers=named(weak)),
        customer.api.patch(ME, json=change, headers={**matching(customer.api, ME), **named(wrong)}),
    ]

    assert [answer.status_code for answer in answers] == [409, 422, 403]
    assert [entries_of(api, request) for request in (taken, weak, wrong)] == [[], [], []]


@pytest.mark.rule("SEC-08", "API-15")
def test_trail_is_filtered_by_who_what_and_to_which_object(api: Api) -> None:
    person = new_person(api, "staff")
    key = new_key(person.api, "account:read")

    def found(**filters: str) -> list[str]:
        rows = api.get(AUDIT, params=filters).json()["data"]
        return [entry["action"] for entry in rows]

    assert found(actor_id=person.id) == ["api_keys.create", "logins.sign_in", "users.sign_up"]
    assert found(object_id=key["id"]) == ["api_keys.create"]
    assert found(object_id=person.id, action="users.set_roles") == ["users.set_roles"]
    assert found(object_id=UNKNOWN_ID) == []
    assert found(object_id=person.id, sort="occurred_at") == ["users.sign_up", "users.set_roles"]


@pytest.mark.rule("VAL-02")
@pytest.mark.parametrize(
    ("parameter", "value"),
    [("actor_id", "me"), ("object_id", "1"), ("action", ""), ("sort", "action"), ("after", "x")],
)
def test_wrong_filter_of_the_trail_is_refused_with_422_that_names_it(
    api: Api, parameter: str, value: str
) -> None:
    response = api.get(AUDIT, params={parameter: value})

    assert response.status_code == 422
    assert named_fields(response) == {parameter}


@pytest.mark.rule("SEC-08", "AUTH-05")
def test_trail_is_shown_to_administrators_only(
    anonymous: Api, customer: Person, staff: Person
) -> None:
    answers = [caller.get(AUDIT) for caller in (anonymous, customer.api, staff.api)]

    assert [answer.status_code for answer in answers] == [401, 403, 403]
    assert [error_code(answer) for answer in answers] == [
        "auth.required",
        "auth.forbidden",
        "auth.forbidden",
    ]


@pytest.mark.rule("SEC-08")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_can_write_or_remove_an_entry_over_http(api: Api, method: str) -> None:
    entry = api.get(AUDIT, params={"limit": 1}).json()["data"][0]

    answers = [api.request(method, AUDIT), api.request(method, f"{AUDIT}/{entry['id']}")]

    assert [answer.status_code for answer in answers] == [405, 404]
