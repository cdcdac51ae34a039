"""Accounts, logins, API keys, and the trail that they leave."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.blackbox.client import Api
from tests.blackbox.people import (
    AUDIT,
    KEYS,
    ME,
    OTHER_PASSWORD,
    USERS,
    new_key,
    sign_up,
    unique_email,
)
from tests.contract.requests import (
    ADMIN,
    EVERYBODY,
    PUBLIC,
    Access,
    Call,
    Key,
    Prepared,
)
from tests.support.callers import PASSWORD
from tests.support.proofs import CURRENT, LOGINS, RENEWS

USER = f"{USERS}/{{user_id}}"
ROLES = f"{USER}/roles"
KEY = f"{KEYS}/{{key_id}}"
ANY_VERSION = {"If-Match": "*"}


def roles_of(user_id: str, *roles: str) -> Call:
    """A change of somebody's roles."""
    return Call(f"{USERS}/{user_id}/roles", json={"roles": [*roles]}, headers=ANY_VERSION)


def own_id(api: Api) -> str:
    """The identifier of the caller."""
    identifier: str = api.get(ME).json()["data"]["id"]
    return identifier


@cache
def somebody(api: Api) -> dict[str, Any]:
    """An account that several calls may share: they change it, and it stays good for all of them."""
    return sign_up(api)


def credentials(email: str) -> dict[str, str]:
    """What one signs up and in with."""
    return {"email": email, "password": PASSWORD}


VALID: Prepared = {
    ("POST", USERS): lambda _: Call(USERS, json=credentials(unique_email())),
    ("GET", USERS): lambda _: Call(USERS),
    ("GET", ME): lambda _: Call(ME),
    ("PATCH", ME): lambda _: Call(
        ME,
        json={"current_password": PASSWORD, "password": OTHER_PASSWORD},
        headers=ANY_VERSION,
        ends_login=True,
    ),
    ("GET", USER): lambda api: Call(f"{USERS}/{somebody(api)['id']}"),
    ("PUT", ROLES): lambda api: roles_of(somebody(api)["id"], "staff"),
    ("POST", LOGINS): lambda api: Call(
        LOGINS, json=credentials(somebody(api)["email"]), ends_login=RENEWS
    ),
    ("DELETE", CURRENT): lambda _: Call(CURRENT, ends_login=True),
    ("POST", KEYS): lambda _: Call(KEYS, json={"name": "a machine", "scopes": ["account:read"]}),
    ("GET", KEYS): lambda _: Call(KEYS),
    ("DELETE", KEY): lambda api: Call(f"{KEYS}/{new_key(api, 'account:read')['id']}"),
    ("GET", AUDIT): lambda _: Call(AUDIT),
}

CONFLICTING: Prepared = {
    ("POST", USERS): lambda api: Call(USERS, json=credentials(somebody(api)["email"])),
    # The administrator under whom everything else is prepared is the only one.
    ("PUT", ROLES): lambda api: roles_of(own_id(api), "customer"),
}

UNAUTHENTICATED: Prepared = {
    ("POST", LOGINS): lambda _: Call(LOGINS, json=credentials(unique_email())),
}

ACCESS: dict[Key, Access] = {
    ("POST", USERS): PUBLIC,
    ("GET", USERS): Access("users:manage", ADMIN),
    ("GET", ME): Access("account:read", EVERYBODY),
    ("PATCH", ME): Access("account:write", EVERYBODY, by_key=False),
    ("GET", USER): Access("users:manage", ADMIN),
    ("PUT", ROLES): Access("users:manage", ADMIN),
    ("POST", LOGINS): PUBLIC,
    ("DELETE", CURRENT): Access("account:write", EVERYBODY, by_key=False),
    ("POST", KEYS): Access("api-keys:manage", EVERYBODY, by_key=False),
    ("GET", KEYS): Access("api-keys:manage", EVERYBODY, by_key=False),
    ("DELETE", KEY): Access("api-keys:manage", EVERYBODY, others=frozenset(), by_key=False),
    ("GET", AUDIT): Access("audit:read", ADMIN),
}
