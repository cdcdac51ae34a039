"""Attacks through what a request may hold: headers, addresses, bodies, and text that means something elsewhere.

Bodies that are too large, too deep or endless have tests of their own in `test_validation.py`, and
`tests/contract/test_every_status.py` sends one to each operation. Broken HTTP is in `test_every_answer.py`, foreign
names in `test_hosts.py`, other origins in `test_cross_origin.py` here and in `tests/faults`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.blackbox.client import Api
from tests.blackbox.people import ME, USERS, Person, new_person, unique_email
from tests.contract.requests import Access, Call, Key, collected
from tests.support.callers import PASSWORD
from tests.support.proofs import CURRENT, LOGINS

VALID = collected("VALID")
ACCESS: dict[Key, Access] = collected("ACCESS")
WITH_BODIES = sorted(operation for operation in VALID if operation[0] in ("POST", "PUT", "PATCH"))
LISTS = sorted(
    (method, path)
    for method, path in VALID
    if method == "GET" and path.startswith("/v1/") and "{" not in path and path not in (ME, CURRENT)
)
PRIVATE = sorted(
    operation for operation, access in ACCESS.items() if access.permission and operation[0] == "GET"
)
MOST_SECONDS = 2

# A payload, and what an answer would hold if somebody had run it.
PAYLOADS = [
    ("o'brien@example.org", None),
    ("'; SELECT pg_sleep(3); --", None),
    ("' OR SLEEP(3) OR '", None),
    ("' UNION SELECT email, password_hash FROM users --", "$argon2"),
    ("{{ 1234 * 4321 }}${1234 * 4321}<%= 1234 * 4321 %>#{1234 * 4321}", "5332114"),
    ("%(name)s {0.__class__.__mro__} {settings.SECRET_KEY}", "only-for-tests-0123"),
    ("${jndi:ldap://127.0.0.1:9/a}; sleep 3 | `sleep 3` $(sleep 3)", None),
    ("../../../../../../etc/passwd", "root:"),
    (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "root:",
    ),
]


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The thing itself, where there is a reference to it."""
    while "$ref" in node:
        reference = node["$ref"].removeprefix("#/").split("/")
        node = document
        for part in reference:
            node = node[part]
    return node


def holds_text(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a value may be a text, or a list of them."""
    found = resolved(document, schema)
    if found.get("type") == "array":
        return holds_text(document, found["items"])
    choices = found.get("anyOf", [])
    return found.get("type") == "string" or any(holds_text(document, one) for one in choices)


def text_members(document: dict[str, Any], operation: Key) -> list[str]:
    """The members of the body of an operation that hold text."""
    method, path = operation
    body = document["paths"][path][method.lower()].get("requestBody")
    if body is None:
        return []
    content = resolved(document, body)["content"]["application/json"]
    members = resolved(document, content["schema"])["properties"]
    return [name for name, schema in members.items() if holds_text(document, schema)]


def query_parameters(document: dict[str, Any], operation: Key) -> list[str]:
    """The parameters in the query of an operation."""
    method, path = operation
    given = document["paths"][path][method.lower()].get("parameters", [])
    parameters = [resolved(document, parameter) for parameter in given]
    return [parameter["name"] for parameter in parameters if parameter["in"] == "query"]


def harmful(api: Api, operation: Key, call: Call, **changed: Callable[[str], Any]) -> list[str]:
    """The payloads that somebody ran, waited for or broke on, instead of refusing them or taking them as text."""
    found = []
    for payload, proof in PAYLOADS:
        arguments = {**call.arguments(), **{name: fill(payload) for name, fill in changed.items()}}
        response = api.request(operation[0], call.path, **arguments)
        waited = response.elapsed.total_seconds() > MOST_SECONDS
        if response.status_code >= 500 or waited or (proof and proof in response.text):
            found.append(f"{payload}: {response.status_code}")
    return found


def filled(members: dict[str, Any], member: str) -> Callable[[str], dict[str, Any]]:
    """The same members with a payload in one of them."""
    is_list = isinstance(members.get(member), list)
    return lambda payload: {**members, member: [payload] if is_list else payload}


@pytest.mark.rule("VAL-03", "DB-04", "SEC-01", "SEC-13")
@pytest.mark.parametrize("operation", WITH_BODIES, ids=" ".join)
def test_code_in_any_text_of_a_body_is_only_text(
    api: Api, document: dict[str, Any], operation: Key
) -> None:
    call: Call = VALID[operation](api)
    caller = new_person(api).api if call.ends_login else api

    found = {
        member: harmful(caller, operation, call, json=filled(call.json, member))
        for member in text_members(document, operation)
    }

    assert {member: payloads for member, payloads in found.items() if payloads} == {}


@pytest.mark.rule("VAL-03", "DB-04", "SEC-01", "SEC-13")
@pytest.mark.parametrize("operation", LISTS, ids=" ".join)
def test_code_in_any_parameter_of_a_query_is_only_text(
    api: Api, document: dict[str, Any], operation: Key
) -> None:
    call: Call = VALID[operation](api)

    found = {
        parameter: harmful(api, operation, call, params=filled({}, parameter))
        for parameter in query_parameters(document, operation)
    }

    assert {"limit", "cursor", "sort"} <= found.keys()
    assert {parameter: payloads for parameter, payloads in found.items() if payloads} == {}


@pytest.mark.rule("VAL-03", "DB-04", "SEC-13")
@pytest.mark.parametrize(
    "header",
    ["If-Match", "If-None-Match", "Idempotency-Key", "X-API-Key", "X-Request-ID", "User-Agent"],
)
def test_code_in_any_header_is_only_text(api: Api, header: str) -> None:
    found = harmful(api, ("GET", ME), Call(ME), headers=lambda payload: {header: payload})

    assert found == []


@pytest.mark.rule("VAL-03", "SEC-13")
@pytest.mark.parametrize(
    "injected",
    [
        "%0d%0aSet-Cookie:%20taken=1",
        "%0aSet-Cookie:%20taken=1",
        "%e5%98%8a%e5%98%8dSet-Cookie:%20taken=1",
        "%0d%0a%0d%0a<script>alert(1)</script>",
    ],
)
def test_line_break_in_a_path_or_query_adds_no_header_to_the_answer(
    anonymous: Api, injected: str
) -> None:
    answers = [
        anonymous.get(path)
        for path in (f"/v1/{injected}", f"/v1/users?next={injected}", f"/docs/{injected}")
    ]

    assert {answer.status_code for answer in answers} <= {400, 401, 404}
    assert all("<script>" not in answer.text for answer in answers)


@pytest.mark.rule("VAL-03", "SEC-13", "LOG-04")
@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\0", b"\r\n "])
def test_line_break_in_a_header_adds_none_to_the_answer(anonymous: Api, ending: bytes) -> None:
    answered = anonymous.send_bytes(
        f"GET /v1/nowhere HTTP/1.1\r\nHost: {anonymous.host}\r\nConnection: close\r\n".encode()
        + b"X-Request-ID: abc"
        + ending
        + b"Set-Cookie: taken=1\r\n\r\n"
    )

    head = answered.partition(b"\r\n\r\n")[0].lower()
    assert re.match(rb"http/1\.1 4\d\d ", head)
    assert b"set-cookie" not in head


@pytest.mark.rule("SEC-13")
def test_no_header_makes_a_location_lead_elsewhere(anonymous: Api) -> None:
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "//evil.example",
        "X-Host": "evil.example",
        "Forwarded": "host=evil.example;proto=gopher",
        "X-Original-URL": "https://evil.example/",
        "Referer": "https://evil.example/",
    }

    response = anonymous.post(
        USERS, json={"email": unique_email(), "password": PASSWORD}, headers=forged
    )

    assert response.status_code == 201
    assert response.headers["location"].startswith(f"{USERS}/")
    assert "evil" not in response.text


@pytest.mark.rule("SEC-13")
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/v1/users/",
        "/\\evil.example",
        "/%5cevil.example",
        "///evil.example/..",
        "/v1/users/..//evil.example",
        "/docs//evil.example",
        "/v1/users/?next=https://evil.example",
        "/docs?url=https://evil.example/openapi.json",
        "/docs?configUrl=https://evil.example/config.json",
    ],
)
def test_no_address_redirects_anywhere(anonymous: Api, path: str) -> None:
    answered = anonymous.send_bytes(
        f"GET {path} HTTP/1.1\r\nHost: {anonymous.host}\r\nConnection: close\r\n\r\n".encode()
    )

    head, _, body = answered.lower().partition(b"\r\n\r\n")
    assert re.match(rb"http/1\.1 (200|400|401|404) ", head)
    assert b"\r\nlocation:" not in head
    assert b"evil" not in body


@pytest.mark.rule("SEC-13", "SEC-16")
@pytest.mark.parametrize("operation", PRIVATE, ids=" ".join)
def test_private_answers_are_kept_by_no_cache(api: Api, operation: Key) -> None:
    call: Call = VALID[operation](api)

    response = api.get(call.path, **call.arguments())

    assert response.status_code == 200
    assert "no-store" in response.headers["cache-control"]


@pytest.mark.rule("SEC-13", "SEC-16")
def test_refusals_and_secrets_are_kept_by_no_cache(anonymous: Api, customer: Person) -> None:
    answers = [
        anonymous.get(ME),
        customer.api.get(USERS),
        anonymous.post(LOGINS, json={"email": unique_email(), "password": PASSWORD}),
        anonymous.post(LOGINS, json={"email": customer.account.email, "password": PASSWORD}),
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 401, 201]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


@pytest.mark.rule("SEC-04", "SEC-15", "VAL-06", "SEC-13")
@pytest.mark.parametrize("path", [USERS, LOGINS])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"[" * 10_000 + b"]" * 10_000, 400, id="10,000 deep"),
        pytest.param(b'"' + b"a" * 10_000_000 + b'"', 413, id="10 MB"),
        pytest.param(b'{"password":"' + b"a" * 900_000 + b'"}', 422, id="password of 900 kB"),
    ],
)
def test_hostile_body_at_an_open_door_is_refused_before_any_work(
    anonymous: Api, path: str, body: bytes, status: int
) -> None:
    response = anonymous.send_body(body, path)

    assert response.status_code == status
    assert response.elapsed.total_seconds() < 2


def cross_origin(answer: Any) -> set[str]:
    """The headers that let a script of another origin read an answer."""
    return {name for name in answer.headers if name.startswith("access-control-")}


@pytest.mark.rule("API-20", "SEC-13")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://app.example.comevil",
        "https://app.example.com/",
        "https://app.example.com@evil.example",
        "https://APP.example.com.",
        "*",
        "",
    ],
)
def test_script_of_any_other_origin_may_neither_ask_nor_read(sharing: Api, origin: str) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}

    preflight = sharing.request("OPTIONS", ME, headers=asking)
    read = sharing.get(ME, headers={"Origin": origin})

    assert (preflight.status_code, read.status_code) == (405, 200)
    assert cross_origin(preflight) | cross_origin(read) == set()
    assert "Origin" in read.headers["vary"]
