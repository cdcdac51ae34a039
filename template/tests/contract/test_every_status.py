"""Every answer that the document promises, provoked over HTTP: each pair of operation and status once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.blackbox.client import Api
from tests.contract.conftest import BASELINE
from tests.contract.requests import UNKNOWN_ID, Call, collected
from tests.support.databases import Outage, fresh_database
from tests.support.server import ServiceProcess, migrate

METHODS = ("get", "post", "put", "patch", "delete")
# No caller can provoke it. tests/faults spoils a row behind the service's back to see it.
OURS_ALONE = 500

VALID = collected("VALID")
CONFLICTING = collected("CONFLICTING")
PROMISED = [
    (method.upper(), template, int(status))
    for template, item in json.loads(BASELINE.read_text(encoding="utf-8"))["paths"].items()
    for method in METHODS
    if method in item
    for status in item[method]["responses"]
    if int(status) != OURS_ALONE
]


@pytest.fixture(scope="module")
def api(contract_url: str) -> Iterator[Api]:
    """A caller of a service that is well."""
    caller = Api(contract_url)
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def bereft() -> Iterator[Api]:
    """A caller of a service that has lost its database."""
    with fresh_database() as url:
        migrate(url)
        outage = Outage(url)
        outage.begin(running=False)
        with ServiceProcess(outage.url) as service:
            caller = Api(service.base_url)
            yield caller
            caller.close()
        outage.close()


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
    # Nothing has to be wrong with the call to get 200, 201, 204 or 503.
    return replace(call, **changes.get(status, {}))


@pytest.mark.rule("TEST-03", "TEST-08", "TEST-09", "API-05", "API-22")
@pytest.mark.parametrize(("method", "template", "status"), PROMISED)
def test_promised_status_of_an_operation_is_given(
    api: Api, bereft: Api, method: str, template: str, status: int
) -> None:
    prepare = (CONFLICTING if status == 409 else VALID)[method, template]
    call = spoiled(method, template, prepare(api), status)

    response = (bereft if status == 503 else api).request(method, call.path, **call.arguments())

    assert response.status_code == status


@pytest.mark.rule("TEST-03")
def test_every_operation_of_the_document_is_asked_well() -> None:
    promised = {(method, template) for method, template, _ in PROMISED}

    assert promised - VALID.keys() == set()
