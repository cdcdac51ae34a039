"""Who may do what: every operation of the document, tried as every kind of caller.

The table is the suite's own (`ACCESS` in `tests/contract/requests`). An operation that is not in it fails,
so nobody adds a route without a word about who may use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.blackbox.client import Api, error_code
from tests.blackbox.people import Person, new_key, new_person
from tests.contract.requests import Access, Call, Key, collected
from tests.support.proofs import SCHEMES, forged

VALID = collected("VALID")
ACCESS: dict[Key, Access] = collected("ACCESS")
METHODS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = sorted(ACCESS)
NEEDING_CREDENTIALS = [operation for operation in OPERATIONS if ACCESS[operation].permission]
PERMISSIONS = sorted({access.permission for access in ACCESS.values() if access.permission})

Caller = Callable[[str], Person]
KeyOf = Callable[[frozenset[str]], dict[str, str]]


@pytest.fixture(scope="module")
def somebody(api: Api) -> Caller:
    """One person for each role."""
    found: dict[str, Person] = {}

    def person(role: str) -> Person:
        if role not in found:
            found[role] = new_person(api, role)
        return found[role]

    return person


@pytest.fixture(scope="module")
def key_of(api: Api) -> KeyOf:
    """The header with an administrator's key for some permissions."""
    found: dict[frozenset[str], dict[str, str]] = {}

    def key(scopes: frozenset[str]) -> dict[str, str]:
        if scopes not in found:
            found[scopes] = {"X-API-Key": new_key(api, *scopes)["key"]}
        return found[scopes]

    return key


def prepared(api: Api, operation: Key) -> Call:
    """A call that is all right, about something that belongs to the administrator."""
    call: Call = VALID[operation](api)
    return call


def send(caller: Api, operation: Key, call: Call, **headers: str) -> httpx2.Response:
    """Make the call as somebody."""
    arguments: dict[str, Any] = call.arguments()
    arguments["headers"] = {**arguments["headers"], **headers}
    return caller.request(operation[0], call.path, **arguments)


def expected(access: Access, role: str) -> str:
    """What a role gets to hear."""
    if access.permission is not None and role not in access.roles:
        return "forbidden"
    return "done" if role in access.others else "not there"


def heard(response: httpx2.Response) -> str:
    """The same, of an answer."""
    names = {401: "unknown", 403: "forbidden", 404: "not there"}
    return "done" if response.is_success else names.get(response.status_code, response.text)


@pytest.mark.rule("AUTH-04", "AUTH-05")
def test_every_operation_of_the_document_is_in_the_table(document: dict[str, Any]) -> None:
    there = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in METHODS & item.keys()
    }

    assert there - ACCESS.keys() == set(), "say in tests/contract/requests who may use them"
    # A page for people is no operation.
    assert ACCESS.keys() - there == {("GET", "/docs")}


@pytest.mark.rule("AUTH-04", "DOC-01")
def test_document_says_which_operations_need_credentials(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]

    told = {
        (method.upper(), path): bool(item[method].get("security", document.get("security")))
        for path, item in document["paths"].items()
        for method in METHODS & item.keys()
    }

    assert {operation for operation, needed in told.items() if needed} == {*NEEDING_CREDENTIALS}
    assert {
        (one["type"], one.get("scheme") or one.get("name")) for one in schemes.values()
    } == SCHEMES


@pytest.mark.rule("AUTH-01", "AUTH-04", "AUTH-05")
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_caller_without_credentials_gets_what_is_public_and_nothing_else(
    api: Api, anonymous: Api, operation: Key
) -> None:
    response = send(anonymous, operation, prepared(api, operation))

    if ACCESS[operation].permission is None:
        assert heard(response) == "done"
    else:
        assert (response.status_code, error_code(response)) == (401, "auth.required")


@pytest.mark.rule("AUTH-01", "AUTH-04", "AUTH-10")
@pytest.mark.parametrize("operation", NEEDING_CREDENTIALS, ids=" ".join)
def test_caller_with_wrong_credentials_gets_nothing(
    api: Api, anonymous: Api, operation: Key
) -> None:
    call = prepared(api, operation)

    wrong = [
        send(anonymous, operation, call, **forged()),
        send(anonymous, operation, call, **{"X-API-Key": f"key_0123456789ab_{'x' * 43}"}),
    ]

    assert {(one.status_code, error_code(one)) for one in wrong} == {(401, "auth.invalid_token")}


@pytest.mark.rule("AUTH-05", "AUTH-06")
@pytest.mark.parametrize("role", ["customer", "staff", "admin"])
@pytest.mark.parametrize("operation", NEEDING_CREDENTIALS, ids=" ".join)
def test_role_may_do_what_the_table_says_and_nothing_else(
    api: Api, somebody: Caller, operation: Key, role: str
) -> None:
    call = prepared(api, operation)
    caller = new_person(api, role) if call.ends_login else somebody(role)

    response = send(caller.api, operation, call)

    assert heard(response) == expected(ACCESS[operation], role)
    if response.status_code == 403:
        assert error_code(response) == "auth.forbidden"


@pytest.mark.rule("AUTH-05", "AUTH-06", "AUTH-13")
@pytest.mark.parametrize("operation", NEEDING_CREDENTIALS, ids=" ".join)
def test_key_with_the_scope_needed_may_do_the_operation_unless_it_takes_a_login(
    api: Api, anonymous: Api, key_of: KeyOf, operation: Key
) -> None:
    access = ACCESS[operation]
    key = key_of(frozenset({access.permission or ""}) | access.besides)

    response = send(anonymous, operation, prepared(api, operation), **key)

    if access.by_key:
        assert heard(response) == "done"
    else:
        assert (response.status_code, error_code(response)) == (403, "auth.login_required")


@pytest.mark.rule("AUTH-05", "AUTH-06", "AUTH-13")
@pytest.mark.parametrize("operation", NEEDING_CREDENTIALS, ids=" ".join)
def test_key_with_every_scope_but_the_one_needed_may_not(
    api: Api, anonymous: Api, key_of: KeyOf, operation: Key
) -> None:
    others = frozenset(PERMISSIONS) - {ACCESS[operation].permission}

    response = send(anonymous, operation, prepared(api, operation), **key_of(others))

    assert (response.status_code, error_code(response)) == (403, "auth.forbidden")
