"""Orders as files."""

from __future__ import annotations

from uuid import uuid4

from tests.blackbox.client import Api
from tests.blackbox.exports import EXPORTS, shared_export
from tests.contract.requests import EVERYBODY, Access, Call, Key, Prepared
from tests.support.jobs_over_http import UNFINISHED_JOB

FILE = f"{EXPORTS}/{{export_id}}/file"


def with_a_used_key(api: Api) -> Call:
    """A request whose key was used for another one."""
    headers = {"Idempotency-Key": uuid4().hex}
    api.post(EXPORTS, json={"status": "cancelled"}, headers=headers)
    return Call(EXPORTS, json={"status": "shipped"}, headers=headers)


VALID: Prepared = {
    ("POST", EXPORTS): lambda _: Call(EXPORTS, json={"status": "cancelled"}),
    ("GET", FILE): lambda api: Call(f"{EXPORTS}/{shared_export(api)}/file"),
}

CONFLICTING: Prepared = {
    ("POST", EXPORTS): with_a_used_key,
    ("GET", FILE): lambda _: Call(f"{EXPORTS}/{UNFINISHED_JOB}/file"),
}

ACCESS: dict[Key, Access] = {
    ("POST", EXPORTS): Access("orders:read", EVERYBODY),
    ("GET", FILE): Access("orders:read", EVERYBODY, others=frozenset()),
}
