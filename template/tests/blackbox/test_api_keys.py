"""API keys: shown once, good for their scopes and no more, and taken back at will."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.blackbox.asking import UNKNOWN_ID, walk
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.people import KEYS, ME, USERS, Person, new_key, new_person

SCOPE = "account:read"


def shown(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"X-API-Key": key}


def listed(api: Api) -> dict[str, dict[str, Any]]:
    """The keys that their owner sees, by their ids."""
    return {key["id"]: key for key in walk(api, KEYS, limit=100)}


def moment(**later: float) -> str:
    """A time from now on, as it travels."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


@pytest.mark.rule("AUTH-13", "API-12")
def test_new_key_is_shown_once_as_a_whole_and_then_never_again(customer: Person) -> None:
    response = customer.api.post(
        KEYS, json={"name": "Warehouse robot", "scopes": [SCOPE], "expires_at": moment(days=1)}
    )

    made = response.json()["data"]
    later = customer.api.get(KEYS)
    kept = listed(customer.api)[made["id"]]
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert (made["name"], made["scopes"]) == ("Warehouse robot", [SCOPE])
    assert made["key"].startswith(f"{made['prefix']}_")
    assert len(made["key"]) - len(made["prefix"]) > 40
    assert kept == {name: value for name, value in made.items() if name != "key"}
    assert made["key"].removeprefix(made["prefix"]) not in later.text


@pytest.mark.rule("AUTH-13")
def test_key_stands_for_its_owner_and_its_use_is_noted(customer: Person, anonymous: Api) -> None:
    made = new_key(customer.api, SCOPE)

    used = anonymous.get(ME, headers=shown(made["key"]))

    assert used.status_code == 200
    assert used.json()["data"]["id"] == customer.id
    assert made["last_used_at"] is None
    assert listed(customer.api)[made["id"]]["last_used_at"] is not None


@pytest.mark.rule("AUTH-13", "AUTH-05")
def test_scope_narrows_what_the_owner_may_do(api: Api, anonymous: Api) -> None:
    narrow = shown(new_key(api, SCOPE)["key"])
    wide = shown(new_key(api, SCOPE, "users:manage")["key"])

    answers = [anonymous.get(USERS, headers=key) for key in (narrow, wide)]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert error_code(answers[0]) == "auth.forbidden"


@pytest.mark.rule("AUTH-13")
def test_key_that_was_taken_back_is_useless_at_once_and_not_listed(
    customer: Person, anonymous: Api
) -> None:
    made = new_key(customer.api, SCOPE)

    response = customer.api.delete(f"{KEYS}/{made['id']}")

    again = customer.api.delete(f"{KEYS}/{made['id']}")
    used = anonymous.get(ME, headers=shown(made["key"]))
    assert response.status_code == 204
    assert used.status_code == 401
    assert error_code(used) == "auth.invalid_token"
    assert (again.status_code, error_code(again)) == (404, "key.not_found")
    assert made["id"] not in listed(customer.api)


@pytest.mark.rule("AUTH-13")
def test_key_ends_when_it_was_made_to_end(customer: Person, anonymous: Api) -> None:
    made = new_key(customer.api, SCOPE, expires_at=moment(seconds=1.2))
    before = anonymous.get(ME, headers=shown(made["key"]))

    time.sleep(1.3)

    assert before.status_code == 200
    assert anonymous.get(ME, headers=shown(made["key"])).status_code == 401


@pytest.mark.rule("AUTH-13", "AUTH-10")
@pytest.mark.parametrize(
    "forge",
    [
        lambda key, _: key[:-1],
        lambda key, _: key + "A",
        lambda key, _: key.swapcase(),
        lambda key, other: f"{key.rpartition('_')[0]}_{other.rpartition('_')[2]}",
        lambda key, _: "_".join(key.split("_")[:2]),
        lambda key, _: "_".join(key.split("_")[:2]) + "_",
        lambda *_: "key_%_%",
        lambda *_: "' OR '1'='1",
        lambda *_: "",
        lambda key, _: key * 200,
    ],
    ids=[
        "cut",
        "longer",
        "case",
        "of another",
        "prefix",
        "no secret",
        "pattern",
        "SQL",
        "empty",
        "huge",
    ],
)
def test_key_that_is_not_exactly_one_is_refused(
    customer: Person, anonymous: Api, forge: Any
) -> None:
    mine, other = (new_key(customer.api, SCOPE)["key"] for _ in range(2))

    response = anonymous.get(ME, headers=shown(forge(mine, other)))

    assert response.status_code == 401
    assert error_code(response) in ("auth.invalid_token", "auth.required")


@pytest.mark.rule("AUTH-13", "API-05")
def test_key_of_somebody_else_is_not_there(
    customer: Person, another_customer: Person, anonymous: Api
) -> None:
    made = new_key(customer.api, SCOPE)

    foreign = another_customer.api.delete(f"{KEYS}/{made['id']}")
    unknown = another_customer.api.delete(f"{KEYS}/{UNKNOWN_ID}")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json()["error"] == unknown.json()["error"]
    assert made["id"] not in listed(another_customer.api)
    assert anonymous.get(ME, headers=shown(made["key"])).status_code == 200


@pytest.mark.rule("VAL-02", "VAL-06")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "bell \u0007"),
        ("scopes", []),
        ("scopes", SCOPE),
        ("scopes", ["*"]),
        ("scopes", ["account"]),
        ("scopes", [f"{SCOPE}; DROP TABLE api_keys"]),
        ("scopes", [SCOPE] * 51),
        ("expires_at", "tomorrow"),
        ("expires_at", "2199-01-01T00:00:00"),
        ("expires_at", "2001-01-01T00:00:00Z"),
        ("expires_at", 4_000_000_000),
    ],
    ids=lambda value: str(value)[:20],
)
def test_wrong_wish_for_a_key_is_refused_with_422_that_names_it(
    customer: Person, member: str, value: Any
) -> None:
    body = {"name": "a machine", "scopes": [SCOPE], "expires_at": None, member: value}

    response = customer.api.post(KEYS, json=body)

    assert response.status_code == 422
    assert {field.partition(".")[0] for field in named_fields(response)} == {member}


@pytest.mark.rule("AUTH-13", "API-15")
def test_keys_are_listed_page_after_page_the_newest_first(api: Api) -> None:
    person = new_person(api)
    made = [new_key(person.api, SCOPE, name=f"robot {number}")["id"] for number in range(5)]

    found = [key["id"] for key in walk(person.api, KEYS, limit=2)]

    assert found == made[::-1]
