"""Attacks on what belongs to others: forged owners and roles, guessed ids, rights that nobody gave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blackbox.asking import UNKNOWN_ID, at_once, matching
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.people import (
    AUDIT,
    KEYS,
    ME,
    OTHER_PASSWORD,
    USERS,
    Person,
    give_roles,
    new_key,
    new_person,
    unique_email,
)
from tests.contract.requests import Access, Call, Key, collected
from tests.support.callers import PASSWORD
from tests.support.proofs import CURRENT, LOGINS

VALID = collected("VALID")
ACCESS: dict[Key, Access] = collected("ACCESS")
MEMBER_ROUTES = sorted(
    operation
    for operation, access in ACCESS.items()
    if "{" in operation[1] and access.permission is not None
)
FORGED: dict[str, Any] = {
    "owner_id": UNKNOWN_ID,
    "user_id": UNKNOWN_ID,
    "customer_id": UNKNOWN_ID,
    "actor_id": UNKNOWN_ID,
    "id": UNKNOWN_ID,
    "role": "admin",
    "roles": ["admin"],
    "permissions": ["users:manage"],
    "is_active": True,
    "is_admin": True,
    "is_staff": True,
    "is_superuser": True,
    "password_hash": "$argon2id$",
    "version": 99,
    "created_at": "2020-01-01T00:00:00Z",
    "__proto__": {"role": "admin"},
}


@pytest.mark.rule("AUTH-07", "VAL-02", "SEC-13")
@pytest.mark.parametrize("operation", sorted(VALID), ids=" ".join)
def test_owner_role_and_state_in_a_body_are_refused_by_every_operation(
    api: Api, operation: Key
) -> None:
    call: Call = VALID[operation](api)
    if not isinstance(call.json, dict):
        assert operation[0] in ("GET", "DELETE") or call.json is None
        return
    forged = {name: value for name, value in FORGED.items() if name not in call.json}

    response = api.request(
        operation[0], call.path, json={**call.json, **forged}, headers=call.headers
    )

    assert response.status_code == 422
    assert named_fields(response) == forged.keys()


@pytest.mark.rule("AUTH-06", "AUTH-07", "SEC-13")
@pytest.mark.parametrize("operation", MEMBER_ROUTES, ids=" ".join)
def test_member_of_somebody_else_is_like_one_that_is_not_there(
    api: Api, another_customer: Person, operation: Key
) -> None:
    method, template = operation
    call: Call = VALID[operation](api)
    nowhere = "/".join(UNKNOWN_ID if part[:1] == "{" else part for part in template.split("/"))

    foreign = another_customer.api.request(method, call.path, **call.arguments())
    unknown = another_customer.api.request(method, nowhere, **call.arguments())

    assert foreign.status_code in (403, 404)
    assert (foreign.status_code, foreign.json()["error"]) == (
        unknown.status_code,
        unknown.json()["error"],
    )
    # The call itself was all right, and nobody else used it up.
    assert api.request(method, call.path, **call.arguments()).is_success


@pytest.mark.rule("AUTH-07", "SEC-13")
@pytest.mark.parametrize(
    "path",
    [USERS, KEYS, AUDIT, ME],
)
@pytest.mark.parametrize("parameter", ["user_id", "owner_id", "as", "on_behalf_of", "role"])
def test_query_cannot_say_who_asks(customer: Person, path: str, parameter: str) -> None:
    response = customer.api.get(path, params={parameter: UNKNOWN_ID})

    assert response.status_code in (403, 422)


@pytest.mark.rule("AUTH-07", "AUTH-04", "SEC-13")
def test_headers_that_only_a_proxy_would_send_cannot_say_who_asks(
    api: Api, anonymous: Api, customer: Person
) -> None:
    admin = api.get(ME).json()["data"]
    forged = {
        "X-User-ID": admin["id"],
        "X-User": admin["email"],
        "X-Remote-User": admin["email"],
        "Remote-User": admin["email"],
        "X-Forwarded-User": admin["email"],
        "X-Role": "admin",
        "X-Original-URL": "/v1/products",
        "X-Rewrite-URL": "/health/live",
    }

    nobody = anonymous.get(USERS, headers=forged)
    somebody = customer.api.get(USERS, headers=forged)
    myself = customer.api.get(ME, headers=forged)

    assert (nobody.status_code, somebody.status_code) == (401, 403)
    assert myself.json()["data"]["id"] == customer.id


@pytest.mark.rule("AUTH-04", "SEC-13")
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_header_does_not_turn_one_method_into_another(
    api: Api, customer: Person, header: str
) -> None:
    made = new_key(customer.api, "account:read")

    answers = [
        customer.api.post(f"{KEYS}/{made['id']}", headers={header: "DELETE"}),
        customer.api.get(KEYS, headers={header: "POST"}),
    ]

    assert [answer.status_code for answer in answers] == [405, 200]
    assert made["id"] in {key["id"] for key in answers[1].json()["data"]}


@pytest.mark.rule("AUTH-01", "AUTH-04", "SEC-13")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/",
        "//v1/users",
        "/v1//users",
        "/v1/./users",
        "/health/../v1/users",
        "/v1/products/../users",
        f"{LOGINS}/..;/..;/users",
        "/v1/users;x=1",
        "/v1/users%00",
        "/v1/users%2f",
        "/v1%2fusers",
        "/V1/USERS",
        "/v1/users/%6de/",
        "/health/live/../../v1/users",
    ],
)
def test_no_spelling_of_a_path_leads_around_the_door(anonymous: Api, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {anonymous.host}\r\nConnection: close\r\n\r\n"

    status = int(anonymous.send_bytes(request.encode()).split(b" ")[1])

    assert status in (400, 401, 404)


@pytest.mark.rule("AUTH-05", "SEC-13")
def test_signing_up_as_something_else_than_a_customer_is_refused(anonymous: Api) -> None:
    wishes: list[dict[str, Any]] = [
        {"role": "admin"},
        {"roles": ["admin"]},
        {"Roles": ["admin"]},
        {"is_superuser": True},
        {"user": {"role": "admin"}},
    ]

    answers = [
        anonymous.post(USERS, json={"email": unique_email(), "password": PASSWORD, **wish})
        for wish in wishes
    ]

    assert [answer.status_code for answer in answers] == [422] * len(wishes)


@pytest.mark.rule("AUTH-05", "AUTH-06", "SEC-13")
def test_nobody_but_an_administrator_gives_roles_not_even_to_themselves(
    customer: Person, staff: Person, another_customer: Person
) -> None:
    attempts = [
        (caller, target)
        for caller in (customer, staff)
        for target in (caller.id, another_customer.id)
    ]

    answers = [
        caller.api.put(
            f"{USERS}/{target}/roles", json={"roles": ["admin"]}, headers={"If-Match": "*"}
        )
        for caller, target in attempts
    ]

    assert [error_code(answer) for answer in answers] == ["auth.forbidden"] * 4
    assert customer.api.get(ME).json()["data"]["roles"] == ["customer"]


@pytest.mark.rule("AUTH-05", "AUTH-07", "SEC-13")
@pytest.mark.parametrize("member", ["roles", "role", "email", "id", "is_active", "version"])
def test_change_of_one_s_own_account_is_a_change_of_the_password_and_of_nothing_else(
    customer: Person, member: str
) -> None:
    before = customer.api.get(ME).json()["data"]
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD, member: ["admin"]}

    response = customer.api.patch(ME, json=body, headers=matching(customer.api, ME))

    assert response.status_code == 422
    assert named_fields(response) == {member}
    assert customer.api.get(ME).json()["data"] == before


@pytest.mark.rule("AUTH-05", "AUTH-13", "SEC-13")
@pytest.mark.parametrize("scope", ["users:manage", "audit:read", "audit:purge", "no-such:thing"])
def test_key_for_more_than_its_owner_may_do_is_refused(customer: Person, scope: str) -> None:
    body = {"name": "a machine", "scopes": ["account:read", scope]}

    response = customer.api.post(KEYS, json=body)

    assert response.status_code == 403
    assert error_code(response) == "key.scope_not_held"
    assert named_fields(response) == {"scopes.1"}


@pytest.mark.rule("AUTH-13", "SEC-13")
def test_key_cannot_make_keys_sign_out_or_change_the_password_whatever_its_scopes(
    api: Api, anonymous: Api
) -> None:
    person = new_person(api, "admin")
    scopes = ("account:read", "account:write", "api-keys:manage", "users:manage")
    made = new_key(person.api, *scopes)
    key = {"X-API-Key": made["key"]}
    give_roles(api, person.id, "customer", "admin")
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}

    answers = [
        anonymous.post(KEYS, json={"name": "x", "scopes": ["account:read"]}, headers=key),
        anonymous.get(KEYS, headers=key),
        anonymous.delete(f"{KEYS}/{made['id']}", headers=key),
        anonymous.delete(CURRENT, headers=key),
        anonymous.patch(ME, json=body, headers={**key, "If-Match": "*"}),
    ]
    known = anonymous.get(ME, headers=key)
    give_roles(api, person.id, "customer")

    assert [error_code(answer) for answer in answers] == ["auth.login_required"] * 5
    assert known.status_code == 200


@pytest.mark.rule("AUTH-05", "VAL-04")
def test_last_administrator_stays_one(sharing: Api) -> None:
    path = f"{USERS}/{sharing.get(ME).json()['data']['id']}"

    response = sharing.put(
        f"{path}/roles", json={"roles": ["customer"]}, headers=matching(sharing, path)
    )

    assert response.status_code == 409
    assert error_code(response) == "user.last_admin"
    assert sharing.get(ME).json()["data"]["roles"] == ["admin"]


@pytest.mark.rule("ERR-07", "AUTH-05", "SEC-13")
def test_two_administrators_who_dismiss_each_other_at_once_leave_one(sharing: Api) -> None:
    first = sharing.get(ME).json()["data"]["id"]
    second = new_person(sharing, "admin")
    assert second.api.get(ME).status_code == 200
    attempts = ((sharing, second.id), (second.api, first))

    answers = at_once(
        2,
        lambda number: attempts[number][0].put(
            f"{USERS}/{attempts[number][1]}/roles",
            json={"roles": ["customer"]},
            headers={"If-Match": "*"},
        ),
    )

    statuses = sorted(answer.status_code for answer in answers)
    left = {caller: caller.get(USERS).status_code for caller in (sharing, second.api)}
    survivor = min(left, key=lambda caller: left[caller])
    give_roles(survivor, first, "admin")
    give_roles(sharing, second.id, "customer")
    assert statuses in ([200, 403], [200, 409])
    assert sorted(left.values()) == [200, 403]
