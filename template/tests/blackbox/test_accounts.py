"""Accounts: signing up, one's own account, and what administrators do with those of others."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.blackbox.asking import UNKNOWN_ID, at_once, etag_of, matching, walk
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.people import (
    KEYS,
    ME,
    OTHER_PASSWORD,
    USERS,
    Person,
    give_roles,
    lives,
    new_key,
    new_person,
    sign_in,
    sign_up,
    unique_email,
)
from tests.support.callers import PASSWORD
from tests.support.proofs import LOGINS

CHANGE = {"current_password": PASSWORD, "password": OTHER_PASSWORD}


@pytest.mark.rule("API-01", "API-12", "API-21")
def test_who_signs_up_is_a_customer_and_nothing_more(anonymous: Api) -> None:
    email = unique_email()

    response = anonymous.post(USERS, json={"email": email, "password": PASSWORD})

    user = response.json()["data"]
    assert response.status_code == 201
    assert response.headers["location"] == f"{USERS}/{user['id']}"
    assert user["email"] == email
    assert user["roles"] == ["customer"]
    assert "password" not in response.text
    assert "argon2" not in response.text


@pytest.mark.rule("VAL-04")
@pytest.mark.parametrize("change", [str.upper, str.title, lambda email: f"  {email} "])
def test_address_is_the_same_in_any_case_and_with_blanks_around_it(
    anonymous: Api, change: Any
) -> None:
    email = sign_up(anonymous)["email"]

    again = anonymous.post(USERS, json={"email": change(email), "password": PASSWORD})
    signed_in = anonymous.post(LOGINS, json={"email": change(email), "password": PASSWORD})

    assert again.status_code == 409
    assert error_code(again) == "user.email_taken"
    assert named_fields(again) == {"email"}
    assert signed_in.status_code == 201


@pytest.mark.rule("ERR-07", "VAL-04")
def test_four_accounts_with_one_address_at_once_become_one(anonymous: Api) -> None:
    body = {"email": unique_email(), "password": PASSWORD}

    answers = at_once(4, lambda _: anonymous.post(USERS, json=body))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}


@pytest.mark.rule("VAL-02", "VAL-06")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("email", "nobody"),
        ("email", "@example.org"),
        ("email", "anne@"),
        ("email", "anne@example"),
        ("email", "anne @example.org"),
        ("email", "anne@example.org\nbcc: bert@example.org"),
        ("email", "anne@exam\u0000ple.org"),
        ("email", "=?utf-8?q?bert?=@example.org"),
        ("email", "=?utf-8?q?bert=40example.org=2c?=@example.org"),
        ("email", f"{'a' * 250}@example.org"),
        ("email", ""),
        ("email", None),
        ("email", ["anne@example.org"]),
        ("password", "eleven char"),
        ("password", "a" * 129),
        ("password", "\ud800" * 12),
        ("password", ""),
        ("password", None),
        ("password", 123456789012),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_wrong_address_or_password_is_refused_with_422_that_names_it(
    anonymous: Api, member: str, value: Any
) -> None:
    body = {"email": unique_email(), "password": PASSWORD, member: value}

    response = anonymous.send_body(json.dumps(body).encode(), USERS)

    assert response.status_code == 422
    assert named_fields(response) == {member}


@pytest.mark.rule("VAL-04", "SEC-16")
def test_password_that_is_the_address_is_refused(anonymous: Api) -> None:
    email = unique_email()

    response = anonymous.post(USERS, json={"email": email, "password": email.upper()})

    assert response.status_code == 422
    assert named_fields(response) == {"password"}


@pytest.mark.rule("VAL-03", "VAL-06")
@pytest.mark.parametrize(
    "password",
    [
        "twelve chars",
        " " * 12,
        "x" * 128,
        "\u4f60\u597d \U0001f600 p\u00e4ssw\u00f6rd",
        "nul \x00 inside it",
    ],
    ids=["shortest", "blanks", "longest", "any script", "NUL"],
)
def test_password_is_taken_as_it_is_typed(anonymous: Api, password: str) -> None:
    email = sign_up(anonymous, password=password)["email"]

    right = anonymous.post(LOGINS, json={"email": email, "password": password})
    wrong = anonymous.post(LOGINS, json={"email": email, "password": password[:-1] or "x"})

    assert right.status_code == 201
    assert wrong.status_code == 401


@pytest.mark.rule("API-12", "API-21")
def test_own_account_is_shown_with_a_tag_and_kept_from_everybody_else_s_cache(
    customer: Person,
) -> None:
    response = customer.api.get(ME)

    assert response.status_code == 200
    assert response.json()["data"]["id"] == customer.id
    assert response.json()["data"]["email"] == customer.account.email
    assert response.headers["etag"]


@pytest.mark.rule("API-05")
@pytest.mark.parametrize("path", [ME, f"{USERS}/ID"])
def test_account_that_did_not_change_answers_304(api: Api, customer: Person, path: str) -> None:
    caller = customer.api if path == ME else api
    path = path.replace("ID", customer.id)

    response = caller.get(path, headers={"If-None-Match": etag_of(caller, path)})

    assert response.status_code == 304


@pytest.mark.rule("AUTH-11", "API-05")
def test_change_of_the_password_ends_every_login_of_the_account(api: Api, anonymous: Api) -> None:
    person = new_person(api)
    elsewhere = sign_in(anonymous, person.account.email)
    here = sign_in(anonymous, person.account.email)
    headers = {**here, **matching(person.api, ME)}

    response = anonymous.patch(ME, json=CHANGE, headers=headers)

    old, new = (
        anonymous.post(LOGINS, json={"email": person.account.email, "password": password})
        for password in (PASSWORD, OTHER_PASSWORD)
    )
    assert response.status_code == 200
    assert OTHER_PASSWORD not in response.text
    assert [lives(anonymous, proof) for proof in (here, elsewhere)] == [False, False]
    assert person.api.get(ME).status_code == 401
    assert (old.status_code, new.status_code) == (401, 201)


@pytest.mark.rule("API-05", "VAL-04")
@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (CHANGE, {}, 428, "request.precondition_required"),
        (CHANGE, {"If-Match": '"999"'}, 412, "request.stale_version"),
        ({**CHANGE, "current_password": "not the password"}, None, 403, "user.wrong_password"),
        ({**CHANGE, "password": "too short"}, None, 422, "request.invalid"),
        ({"password": OTHER_PASSWORD}, None, 422, "request.invalid"),
        ({"current_password": PASSWORD}, None, 422, "request.invalid"),
    ],
    ids=["no version", "old version", "wrong password", "short", "no proof", "no new one"],
)
def test_change_of_the_password_that_is_refused_changes_nothing(
    customer: Person,
    anonymous: Api,
    body: dict[str, str],
    headers: dict[str, str] | None,
    status: int,
    code: str,
) -> None:
    before = customer.api.get(ME).json()["data"]

    response = customer.api.patch(
        ME, json=body, headers=matching(customer.api, ME) if headers is None else headers
    )

    assert response.status_code == status
    assert error_code(response) == code
    assert customer.api.get(ME).json()["data"] == before
    assert sign_in(anonymous, customer.account.email)


@pytest.mark.rule("API-15", "API-16")
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_administrator_walks_over_every_account_once_in_order(api: Api, sort: str) -> None:
    made = [sign_up(api)["id"] for _ in range(3)]

    found = [user["id"] for user in walk(api, USERS, limit=2, sort=sort)]

    assert len(found) == len(set(found))
    mine = [user for user in found if user in made]
    assert mine == (made if sort == "created_at" else made[::-1])


@pytest.mark.rule("API-15")
def test_administrator_finds_an_account_by_its_address(api: Api, customer: Person) -> None:
    found = api.get(USERS, params={"email": customer.account.email.upper()}).json()["data"]
    one = api.get(f"{USERS}/{customer.id}").json()["data"]

    assert found == [one]
    assert one["email"] == customer.account.email


@pytest.mark.rule("API-05")
@pytest.mark.parametrize("action", ["read", "give roles"])
def test_every_action_on_an_unknown_account_answers_404(api: Api, action: str) -> None:
    path = f"{USERS}/{UNKNOWN_ID}"

    if action == "read":
        response = api.get(path)
    else:
        response = api.put(f"{path}/roles", json={"roles": ["staff"]}, headers={"If-Match": "*"})

    assert response.status_code == 404
    assert error_code(response) == "user.not_found"


@pytest.mark.rule("AUTH-05", "AUTH-11")
def test_other_roles_hold_from_the_next_request_of_a_login_that_exists(api: Api) -> None:
    person = new_person(api)
    before = person.api.get(USERS).status_code
    give_roles(api, person.id, "customer", "admin")
    meanwhile = person.api.get(USERS).status_code
    shown = person.api.get(ME).json()["data"]["roles"]
    give_roles(api, person.id, "customer")

    after = person.api.get(USERS).status_code

    assert (before, meanwhile, after) == (403, 200, 403)
    assert shown == ["admin", "customer"]


@pytest.mark.rule("API-05")
def test_roles_are_changed_under_the_version_that_was_read(api: Api, customer: Person) -> None:
    path = f"{USERS}/{customer.id}"
    body = {"roles": ["customer"]}

    without = api.put(f"{path}/roles", json=body)
    stale = api.put(f"{path}/roles", json=body, headers={"If-Match": '"999"'})
    right = api.put(f"{path}/roles", json=body, headers=matching(api, path))

    assert [answer.status_code for answer in (without, stale, right)] == [428, 412, 200]
    assert right.headers["etag"] == etag_of(api, path)


@pytest.mark.rule("VAL-02")
@pytest.mark.parametrize(
    "roles",
    [[], ["owner"], ["system"], ["Admin"], "admin", [None], [["admin"]], ["customer"] * 100],
    ids=str,
)
def test_roles_that_there_are_not_are_refused_and_change_nothing(
    api: Api, customer: Person, roles: Any
) -> None:
    path = f"{USERS}/{customer.id}"
    before = api.get(path).json()["data"]

    response = api.put(f"{path}/roles", json={"roles": roles}, headers=matching(api, path))

    assert response.status_code == 422
    assert {field.partition(".")[0] for field in named_fields(response)} == {"roles"}
    assert api.get(path).json()["data"] == before


@pytest.mark.rule("AUTH-05", "AUTH-13")
def test_key_of_somebody_who_lost_a_role_lost_it_too(api: Api, anonymous: Api) -> None:
    person = new_person(api, "admin")
    key = {"X-API-Key": new_key(person.api, "users:manage")["key"]}
    before = anonymous.get(USERS, headers=key).status_code

    give_roles(api, person.id, "customer")

    assert before == 200
    assert anonymous.get(USERS, headers=key).status_code == 403


@pytest.mark.rule("API-01")
def test_accounts_cannot_be_replaced_or_deleted_as_a_whole(api: Api, customer: Person) -> None:
    answers = [
        api.request(method, f"{USERS}/{customer.id}", json={}) for method in ("PUT", "DELETE")
    ]

    assert [answer.status_code for answer in answers] == [405, 405]
    assert api.get(KEYS).status_code == 200
