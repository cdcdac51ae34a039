"""Exports of orders for tests to work with, made over HTTP."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.blackbox.client import Api
from tests.blackbox.jobs import followed
from tests.blackbox.people import new_key

EXPORTS = "/v1/order-exports"


def ask_for_export(api: Api, **body: Any) -> dict[str, Any]:
    """Ask for an export and return its job as the service shows it."""
    response = api.post(EXPORTS, json=body)
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()["data"]
    return job


def new_export(api: Api, **body: Any) -> dict[str, Any]:
    """Ask for an export, and return its job when it is done."""
    job = followed(api, ask_for_export(api, **body)["id"])[-1]
    assert job["status"] == "succeeded", job
    return job


@cache
def shared_export(api: Api) -> str:
    """The identifier of an export that several calls may share: they only fetch it.

    It holds its owner's orders only, since it was asked for with a key that reads no others.
    """
    key = {"X-API-Key": new_key(api, "orders:read")["key"]}
    accepted = api.post(EXPORTS, json={"status": "cancelled"}, headers=key, auth=None)
    assert accepted.status_code == 202, accepted.text
    identifier: str = accepted.json()["data"]["id"]
    assert followed(api, identifier)[-1]["status"] == "succeeded"
    return identifier
