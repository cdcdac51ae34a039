"""People who use the service: they sign up, sign in, get roles and make keys, all over HTTP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.blackbox.asking import matching
from tests.blackbox.client import Api
from tests.support.callers import PASSWORD, Account
from tests.support.proofs import LOGINS, proof_in

USERS = "/v1/users"
ME = "/v1/users/me"
KEYS = "/v1/api-keys"
AUDIT = "/v1/audit-entries"
OTHER_PASSWORD = "another long passphrase of the tests"

_numbers = itertools.count(1)


def unique_email() -> str:
    """An address that no account has."""
    return f"person-{next(_numbers)}-{uuid4().hex[:12]}@example.org"


def sign_up(api: Api, **values: Any) -> dict[str, Any]:
    """Create an account with the usual password and return it as the service shows it."""
    response = api.post(USERS, json={"email": unique_email(), "password": PASSWORD, **values})
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()["data"]
    return user


def sign_in(api: Api, email: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign in, and return the headers that show it."""
    response = api.post(LOGINS, json={"email": email, "password": password})
    assert response.status_code == 201, response.text
    return proof_in(response)


def give_roles(admin: Api, user_id: str, *roles: str) -> None:
    """Let an account have these roles and no others."""
    path = f"{USERS}/{user_id}"
    response = admin.put(
        f"{path}/roles", json={"roles": list(roles)}, headers=matching(admin, path)
    )
    assert response.status_code == 200, response.text


def new_key(api: Api, *scopes: str, **values: Any) -> dict[str, Any]:
    """Make an API key and return what its owner is shown, once."""
    response = api.post(KEYS, json={"name": "a machine", "scopes": list(scopes), **values})
    assert response.status_code == 201, response.text
    key: dict[str, Any] = response.json()["data"]
    return key


def lives(api: Api, proof: dict[str, str]) -> bool:
    """Whether the service still knows who shows this."""
    status = api.get(ME, headers=proof).status_code
    assert status in (200, 401), status
    return status == 200


@dataclass(frozen=True)
class Person:
    """Somebody with an account, at the door."""

    api: Api
    account: Account
    id: str


def new_person(admin: Api, *roles: str) -> Person:
    """Sign somebody up, with other roles than a customer's if some are given; they sign in with their first request."""
    user = sign_up(admin)
    if roles:
        give_roles(admin, user["id"], *roles)
    account = Account(user["email"])
    return Person(admin.signed_in_as(account), account, user["id"])
