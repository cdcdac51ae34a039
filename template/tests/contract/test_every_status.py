"""Every answer that the document promises, provoked over HTTP: each pair of operation and status once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.blackbox.asking import UNKNOWN_ID
from tests.blackbox.client import Api
from tests.blackbox.people import new_key, new_person
from tests.contract.conftest import BASELINE
from tests.contract.requests import Call, collected
from tests.support.callers import SignedIn
from tests.support.databases import Outage, fresh_database
from tests.support.server import ServiceProcess, make_admin, migrate

METHODS = ("get", "post", "put", "patch", "delete")
# No caller can provoke it. tests/faults spoils a row behind the service's back to see it.
OURS_ALONE = 500

VALID = collected("VALID")
CONFLICTING = collected("CONFLICTING")
UNAUTHENTICATED = collected("UNAUTHENTICATED")
ACCESS = collected("ACCESS")
PROMISED = [
    (method.upper(), template, int(status))
    for template, item in json.loads(BASELINE.read_text(encoding="utf-8"))["paths"].items()
    for method in METHODS
    if method in item
    for status in item[method]["responses"]
    if int(status) != OURS_ALONE
]
# What has to be wrong is the caller, not the call.
BY_CALLERS = (401, 403, 429)
PROMISED_BY_CALLS = [promise for promise in PROMISED if promise[2] not in BY_CALLERS]


def promised_with(status: int) -> list[tuple[str, str]]:
    """The operations that promise a status."""
    return [(method, template) for method, template, promised in PROMISED if promised == status]


@pytest.fixture(scope="module")
def anonymous(contract_url: str) -> Iterator[Api]:
    """A caller without credentials."""
    caller = Api(contract_url)
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def bereft(api: Api) -> Iterator[Api]:
    """The administrator at a service that has lost its database, and signed in before."""
    assert api.auth is not None
    api.auth.proof(api.base_url)
    with fresh_database() as url:
        migrate(url)
        outage = Outage(url)
        outage.begin(running=False)
        with ServiceProcess(outage.url) as service:
            # It signs with the same secret, so it reads the token, and then asks its database.
            caller = Api(service.base_url, api.auth)
            yield caller
            caller.close()
        outage.close()


@pytest.fixture(scope="module")
def exhausted() -> Iterator[Api]:
    """An administrator at a service that allows one request to each operation."""
    once = {"RATE_LIMIT_DEFAULT": "1/hour", "RATE_LIMIT_AUTH": "1/hour"}
    with fresh_database() as url:
        migrate(url)
        admin = make_admin(url)
        with ServiceProcess(url, **once) as service:
            caller = Api(service.base_url, SignedIn(admin))
            yield caller
            caller.close()


@pytest.fixture(scope="module")
def narrow_keys(api: Api) -> dict[str, dict[str, str]]:
    """Credentials that are good for one permission and nothing else, by that permission."""
    scopes = ("account:read", "audit:read")
    return {scope: {"X-API-Key": new_key(api, scope)["key"]} for scope in scopes}


def spoiled(method: str, template: str, call: Call, status: int) -> Call:
    """The valid call, changed so that it deserves the status."""
    parts = [UNKNOWN_ID if part.startswith("{") else part for part in template.split("/")]
    as_json = call.headers | {"Content-Type": "application/json"}
    as_text = call.headers | {"Content-Type": "text/plain"}
    broken = {"json": None, "content": b"{", "headers": as_json}
    changes: dict[int, dict[str, Any]] = {
        304: {"headers": {"If-None-Match": "*"}},
        400: {"query": {"cursor": "nonsense"}} if method == "GET" else broken,
        404: {"path": "/".join(parts)},
        412: {"headers": {"If-Match": '"0"'}},
        413: {"json": None, "content": b"0" * 2_000_000, "headers": as_json},
        415: {"json": None, "content": b"{}", "headers": as_text},
        422: {"query": {"surprise": "1"}},
        428: {"headers": {}},
    }
    # Nothing has to be wrong with the call to get 200, 201, 204, 401, 403, 429 or 503.
    return replace(call, **changes.get(status, {}))


@pytest.mark.rule("TEST-03", "TEST-08", "TEST-09", "API-05", "API-22")
@pytest.mark.parametrize(("method", "template", "status"), PROMISED_BY_CALLS)
def test_promised_status_of_an_operation_is_given(
    api: Api, bereft: Api, method: str, template: str, status: int
) -> None:
    prepare = (CONFLICTING if status == 409 else VALID)[method, template]
    call = spoiled(method, template, prepare(api), status)
    caller = bereft if status == 503 else api
    if call.ends_login and status < 300:
        caller = new_person(api).api

    response = caller.request(method, call.path, **call.arguments())

    assert response.status_code == status


@pytest.mark.rule("TEST-03", "API-05", "API-22", "AUTH-01")
@pytest.mark.parametrize(("method", "template"), promised_with(401))
def test_unauthenticated_caller_is_given_the_promised_401(
    api: Api, anonymous: Api, method: str, template: str
) -> None:
    is_public = ACCESS[method, template].permission is None
    prepare = (UNAUTHENTICATED if is_public else VALID)[method, template]
    call = prepare(api)

    response = anonymous.request(method, call.path, **call.arguments())

    assert response.status_code == 401


@pytest.mark.rule("TEST-03", "API-05", "API-22")
@pytest.mark.parametrize(("method", "template"), promised_with(403))
def test_caller_without_the_permission_is_given_the_promised_403(
    api: Api,
    anonymous: Api,
    narrow_keys: dict[str, dict[str, str]],
    method: str,
    template: str,
) -> None:
    needed = ACCESS[method, template].permission
    key = next(key for scope, key in narrow_keys.items() if scope != needed)
    call = VALID[method, template](api)

    response = anonymous.request(
        method, call.path, **{**call.arguments(), "headers": {**call.headers, **key}}
    )

    assert response.status_code == 403


@pytest.mark.rule("TEST-03", "API-05", "API-22", "SEC-03")
@pytest.mark.parametrize(("method", "template"), promised_with(429))
def test_caller_who_asks_too_often_is_given_the_promised_429(
    api: Api, exhausted: Api, method: str, template: str
) -> None:
    # The limit stands before the operation: nothing that the call names has to be there.
    call = spoiled(method, template, VALID[method, template](api), 422)

    answers = [exhausted.request(method, call.path, **call.arguments()) for _ in range(2)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.rule("TEST-03")
def test_every_operation_of_the_document_is_asked_well() -> None:
    promised = {(method, template) for method, template, _ in PROMISED}

    assert promised - VALID.keys() == set()


@pytest.mark.rule("TEST-03", "API-22")
def test_every_operation_that_needs_credentials_promises_to_refuse_without_them() -> None:
    promised = set(PROMISED)

    silent = [
        (*operation, status)
        for operation, access in ACCESS.items()
        for status in ((401, 403, 429) if access.permission else ())
        if (*operation, status) not in promised
    ]
    assert silent == []
