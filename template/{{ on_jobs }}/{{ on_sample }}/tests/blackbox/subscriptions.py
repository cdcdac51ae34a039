"""Webhook subscriptions for tests to work with, made over HTTP."""

from __future__ import annotations

from typing import Any

from tests.blackbox.asking import walk
from tests.blackbox.client import Api

SUBSCRIPTIONS = "/v1/webhook-subscriptions"
MOST = 20
"""How many one person may have."""


def subscription_body(**values: Any) -> dict[str, Any]:
    """A valid body of a subscription with some members replaced.

    Whatever is sent to it is refused at once: no test waits for a resolver, or asks a machine outside.
    """
    return {
        "url": "https://localhost/webhooks",
        "event_types": ["order.cancelled"],
        "description": "Warehouse",
        **values,
    }


def make_room(api: Api) -> None:
    """Delete every subscription of the caller: one person may have but a few."""
    for one in walk(api, SUBSCRIPTIONS, limit=100):
        assert api.delete(f"{SUBSCRIPTIONS}/{one['id']}").status_code == 204


def new_subscription(api: Api, **values: Any) -> dict[str, Any]:
    """Make a subscription and return what its owner is shown, once."""
    response = api.post(SUBSCRIPTIONS, json=subscription_body(**values))
    if response.status_code == 409:
        make_room(api)
        response = api.post(SUBSCRIPTIONS, json=subscription_body(**values))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()["data"]
    return made
