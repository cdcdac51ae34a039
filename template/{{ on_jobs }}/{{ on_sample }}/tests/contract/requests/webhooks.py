"""Webhook subscriptions."""

from __future__ import annotations

from dataclasses import replace

from tests.blackbox.client import Api
from tests.blackbox.subscriptions import (
    MOST,
    SUBSCRIPTIONS,
    make_room,
    new_subscription,
    subscription_body,
)
from tests.contract.requests import STAFF, Access, Call, Key, Prepared

SUBSCRIPTION = f"{SUBSCRIPTIONS}/{{subscription_id}}"
SECRET = f"{SUBSCRIPTION}/secret"
ANY_VERSION = {"If-Match": "*"}


def path(api: Api) -> str:
    """A subscription that is there."""
    return f"{SUBSCRIPTIONS}/{new_subscription(api)['id']}"


def one_more(api: Api) -> Call:
    """A subscription for which there is room."""
    make_room(api)
    return Call(SUBSCRIPTIONS, json=subscription_body())


def one_too_many(api: Api) -> Call:
    """A subscription for which there is none."""
    make_room(api)
    for _ in range(MOST):
        new_subscription(api)
    return Call(SUBSCRIPTIONS, json=subscription_body())


VALID: Prepared = {
    ("GET", SUBSCRIPTIONS): lambda _: Call(SUBSCRIPTIONS),
    ("POST", SUBSCRIPTIONS): one_more,
    ("GET", SUBSCRIPTION): lambda api: Call(path(api)),
    ("PATCH", SUBSCRIPTION): lambda api: Call(
        path(api), json={"enabled": False}, headers=ANY_VERSION
    ),
    ("DELETE", SUBSCRIPTION): lambda api: Call(path(api)),
    ("POST", SECRET): lambda api: Call(f"{path(api)}/secret"),
}

CONFLICTING: Prepared = {("POST", SUBSCRIPTIONS): one_too_many}

READING = Access("webhooks:read", STAFF)
MANAGING_OWN = Access("webhooks:manage", STAFF, others=frozenset())
SEEING = frozenset({"orders:read-any"})

ACCESS: dict[Key, Access] = {
    ("GET", SUBSCRIPTIONS): READING,
    ("POST", SUBSCRIPTIONS): Access("webhooks:manage", STAFF, besides=SEEING),
    ("GET", SUBSCRIPTION): Access("webhooks:read", STAFF, others=frozenset()),
    ("PATCH", SUBSCRIPTION): replace(MANAGING_OWN, besides=SEEING),
    ("DELETE", SUBSCRIPTION): MANAGING_OWN,
    ("POST", SECRET): MANAGING_OWN,
}
