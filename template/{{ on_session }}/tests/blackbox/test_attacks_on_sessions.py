"""Attacks on sessions: changes that another page makes a browser send, planted and guessed sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.blackbox.client import Api, error_code
from tests.blackbox.people import KEYS, ME, USERS, Person, lives, sign_in
from tests.support.callers import PASSWORD
from tests.support.proofs import COOKIE, CURRENT, LOGINS, proof_in, token_in

pytestmark = pytest.mark.rule("AUTH-12", "SEC-13")

BODY = {"name": "planted", "scopes": ["account:read"]}


@pytest.fixture(scope="module")
def proof(anonymous: Api, customer: Person) -> dict[str, str]:
    """What somebody shows who has signed in."""
    shown = sign_in(anonymous, customer.account.email)
    assert lives(anonymous, shown)
    return shown


def browser(proof: dict[str, str], **more: str) -> dict[str, str]:
    """What a browser sends by itself: the cookie and nothing else that tells who asks."""
    return {"Cookie": proof["Cookie"], **{name.replace("_", "-"): more[name] for name in more}}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", KEYS), ("PATCH", ME), ("PUT", f"{USERS}/ID/roles"), ("DELETE", CURRENT)],
)
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_change_that_another_page_makes_a_browser_send_is_refused(
    anonymous: Api,
    customer: Person,
    proof: dict[str, str],
    method: str,
    path: str,
    origin: str | None,
) -> None:
    headers = browser(proof) if origin is None else browser(proof, Origin=origin)

    response = anonymous.request(
        method, path.replace("ID", customer.id), json=BODY, headers=headers
    )

    assert (response.status_code, error_code(response)) == (403, "auth.csrf_token_missing")
    assert lives(anonymous, proof)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_form_of_another_page_changes_nothing(
    anonymous: Api, proof: dict[str, str], kind: str
) -> None:
    before = anonymous.get(KEYS, headers=proof).json()["data"]

    response = anonymous.post(
        KEYS,
        content=b'{"name": "planted", "scopes": ["account:read"]}',
        headers=browser(proof, Content_Type=kind),
    )

    assert response.status_code == 403
    assert anonymous.get(KEYS, headers=proof).json()["data"] == before


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_form_of_another_page_signs_nobody_in(anonymous: Api, customer: Person, kind: str) -> None:
    body = f'{{"email": "{customer.account.email}", "password": "{PASSWORD}"}}'

    response = anonymous.post(LOGINS, content=body.encode(), headers={"Content-Type": kind})

    assert response.status_code == 415
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "bent",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.swapcase(),
        lambda token: "0" * len(token),
        lambda token: f"{token}, {token}",
        lambda token: "undefined",
    ],
    ids=["empty", "cut", "longer", "case", "guessed", "twice", "undefined"],
)
def test_token_that_is_not_exactly_the_session_s_own_is_refused(
    anonymous: Api, proof: dict[str, str], bent: Callable[[str], str]
) -> None:
    headers = {**proof, "X-CSRF-Token": bent(proof["X-CSRF-Token"])}

    response = anonymous.post(KEYS, json=BODY, headers=headers)

    assert error_code(response) == "auth.csrf_token_missing"


def test_token_of_another_session_is_refused_even_of_the_same_user(
    anonymous: Api, customer: Person, another_customer: Person, proof: dict[str, str]
) -> None:
    others = [
        sign_in(anonymous, person.account.email)["X-CSRF-Token"]
        for person in (customer, another_customer)
    ]

    answers = [
        anonymous.post(KEYS, json=BODY, headers={**proof, "X-CSRF-Token": token})
        for token in others
    ]

    assert {error_code(answer) for answer in answers} == {"auth.csrf_token_missing"}


@pytest.mark.parametrize(
    "place", ["query", "body", "cookie"], ids=["in the query", "in the body", "in a cookie"]
)
def test_token_elsewhere_than_in_its_header_counts_for_nothing(
    anonymous: Api, proof: dict[str, str], place: str
) -> None:
    token = proof["X-CSRF-Token"]
    headers = browser(proof)
    if place == "cookie":
        headers["Cookie"] += f"; csrftoken={token}; X-CSRF-Token={token}"

    response = anonymous.post(
        KEYS,
        params={"csrf_token": token} if place == "query" else None,
        json={**BODY, "csrf_token": token} if place == "body" else BODY,
        headers=headers,
    )

    assert error_code(response) == "auth.csrf_token_missing"


def test_planted_session_is_never_taken_over(anonymous: Api, customer: Person) -> None:
    planted = "A" * 43
    sent = {"email": customer.account.email, "password": PASSWORD}

    response = anonymous.post(LOGINS, json=sent, headers={"Cookie": f"{COOKIE}={planted}"})

    assert response.status_code == 201
    assert token_in(response) != planted
    assert not lives(anonymous, {"Cookie": f"{COOKIE}={planted}"})


def test_session_of_an_attacker_that_was_planted_becomes_nobody_else_s(
    anonymous: Api, customer: Person, another_customer: Person
) -> None:
    attacker = sign_in(anonymous, another_customer.account.email)
    sent = {"email": customer.account.email, "password": PASSWORD}

    response = anonymous.post(LOGINS, json=sent, headers={"Cookie": attacker["Cookie"]})

    seen = anonymous.get(ME, headers=proof_in(response)).json()["data"]["id"]
    assert seen == customer.id
    assert not lives(anonymous, attacker)


@pytest.mark.rule("AUTH-10")
@pytest.mark.parametrize(
    "bent",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: "A" * 43,
        lambda token: "' OR '1'='1",
        lambda token: "*",
        lambda token: "%00",
        lambda token: "x" * 4000,
    ],
    ids=["cut", "longer", "case", "guessed", "SQL", "star", "zero", "4 kB"],
)
def test_session_that_is_not_exactly_one_is_refused(
    anonymous: Api, proof: dict[str, str], bent: Callable[[str], str]
) -> None:
    token = proof["Cookie"].partition("=")[2]

    response = anonymous.get(ME, headers={"Cookie": f"{COOKIE}={bent(token)}"})

    assert (response.status_code, error_code(response)) == (401, "auth.invalid_token")
    assert lives(anonymous, proof)


@pytest.mark.parametrize("name", ["session", "sessionid", "Host-session", "__Secure-session"])
def test_session_under_another_name_counts_for_nothing(
    anonymous: Api, proof: dict[str, str], name: str
) -> None:
    token = proof["Cookie"].partition("=")[2]

    response = anonymous.get(ME, headers={"Cookie": f"{name}={token}"})

    assert (response.status_code, error_code(response)) == (401, "auth.required")


def test_session_elsewhere_than_in_its_cookie_counts_for_nothing(
    anonymous: Api, proof: dict[str, str]
) -> None:
    token = proof["Cookie"].partition("=")[2]

    answers = [
        anonymous.get(ME, headers={"Authorization": f"Bearer {token}"}),
        anonymous.get(ME, headers={"X-Session": token}),
        anonymous.get(ME, params={COOKIE: token}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 3


def test_second_session_that_was_planted_beside_the_first_opens_neither(
    anonymous: Api, another_customer: Person, proof: dict[str, str]
) -> None:
    planted = sign_in(anonymous, another_customer.account.email)

    answers = [
        anonymous.get(ME, headers={"Cookie": f"{one['Cookie']}; {two['Cookie']}"})
        for one, two in ((proof, planted), (planted, proof))
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.rule("API-20")
def test_listed_origin_may_send_the_cookie_and_no_other_may(
    sharing: Api,
) -> None:
    listed = sharing.get(ME, headers={"Origin": "https://app.example.com"})
    foreign = sharing.get(ME, headers={"Origin": "https://evil.example"})

    assert listed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert listed.headers["access-control-allow-credentials"] == "true"
    assert [name for name in foreign.headers if name.startswith("access-control-")] == []
