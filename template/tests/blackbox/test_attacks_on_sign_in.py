"""Attacks on the sign-in: who has an account and which password, asked from one address and from many."""

from __future__ import annotations

import itertools
import statistics
import time

import httpx2
import pytest

from tests.blackbox.client import Api, error_code
from tests.blackbox.conftest import Start
from tests.blackbox.people import (
    ME,
    OTHER_PASSWORD,
    USERS,
    Person,
    unique_email,
)
from tests.support.callers import PASSWORD
from tests.support.proofs import LOGINS, forged, proof_in

WRONG = "a wrong but long password"
ATTEMPTS = 5
REQUESTS = 3
ROUNDS = 12
# Hashing a password takes many times what everything else does, so a sign-in that skips it stands out by far more.
MOST_APART = 1.7

_numbers = itertools.count(1)


def attempt(api: Api, email: str, password: str = WRONG, **headers: str) -> httpx2.Response:
    """Try to sign in."""
    return api.post(LOGINS, json={"email": email, "password": password}, headers=headers)


@pytest.mark.rule("AUTH-09", "ERR-05", "SEC-13")
def test_unknown_address_and_wrong_password_get_the_same_answer(
    anonymous: Api, customer: Person
) -> None:
    wrong, unknown = (
        attempt(anonymous, email) for email in (customer.account.email, unique_email())
    )

    def shown(answer: httpx2.Response) -> tuple[int, object, set[str]]:
        return answer.status_code, answer.json()["error"], {*answer.headers.keys()}

    assert wrong.status_code == 401
    assert error_code(wrong) == "auth.invalid_credentials"
    assert shown(wrong) == shown(unknown)
    assert len(wrong.content) == len(unknown.content)


@pytest.mark.rule("AUTH-08", "AUTH-09", "SEC-13")
def test_unknown_address_and_wrong_password_take_the_same_time(
    anonymous: Api, customer: Person
) -> None:
    emails = {"wrong": customer.account.email, "unknown": unique_email()}
    seconds: dict[str, list[float]] = {name: [] for name in emails}

    # In turns, so that whatever else the machine does slows down both.
    for _ in range(ROUNDS):
        for name, email in emails.items():
            began = time.perf_counter()
            attempt(anonymous, email)
            seconds[name].append(time.perf_counter() - began)

    wrong, unknown = (statistics.median(seconds[name]) for name in ("wrong", "unknown"))
    assert 1 / MOST_APART < wrong / unknown < MOST_APART


@pytest.mark.rule("AUTH-09", "SEC-13")
@pytest.mark.parametrize("password", ["", " ", PASSWORD[:-1], f"{PASSWORD} ", PASSWORD.upper()])
def test_password_that_is_nearly_right_is_wrong(
    anonymous: Api, customer: Person, password: str
) -> None:
    response = attempt(anonymous, customer.account.email, password)

    assert response.status_code in (401, 422)


@pytest.fixture(scope="module")
def behind_proxy(start: Start) -> Api:
    """A service that lets nobody try often to sign in, and believes the proxy in front of it."""
    return start(RATE_LIMIT_AUTH=f"{ATTEMPTS}/hour", TRUSTED_PROXIES="127.0.0.1/32")


@pytest.fixture(scope="module")
def direct(start: Start) -> Api:
    """A service on the same database without a proxy in front, which lets nobody do anything often."""
    return start(RATE_LIMIT_AUTH=f"{ATTEMPTS}/hour", RATE_LIMIT_DEFAULT=f"{REQUESTS}/hour")


def new_address() -> str:
    """An address from which nobody asked before (RFC 2544)."""
    number = next(_numbers)
    return f"198.18.{number // 250}.{number % 250 + 1}"


def asked_from(address: str) -> dict[str, str]:
    """The header that a trusted proxy adds."""
    return {"X-Forwarded-For": address}


def new_account(behind_proxy: Api) -> str:
    """The address of an account with the usual password."""
    body, headers = {"email": unique_email(), "password": PASSWORD}, asked_from(new_address())
    response = behind_proxy.post(USERS, json=body, headers=headers)
    assert response.status_code == 201, response.text
    email: str = response.json()["data"]["email"]
    return email


def new_proof(behind_proxy: Api) -> dict[str, str]:
    """The headers that show that a new account has signed in."""
    signed_in = attempt(
        behind_proxy, new_account(behind_proxy), PASSWORD, **asked_from(new_address())
    )
    return proof_in(signed_in)


@pytest.mark.rule("AUTH-09", "SEC-02", "SEC-03", "SEC-13")
def test_guesses_from_one_address_at_many_accounts_are_stopped(behind_proxy: Api) -> None:
    here, elsewhere = asked_from(new_address()), asked_from(new_address())
    guesses = [attempt(behind_proxy, unique_email(), **here) for _ in range(ATTEMPTS)]

    stopped = attempt(behind_proxy, unique_email(), **here)

    other_route = behind_proxy.post(USERS, json={}, headers=here)
    other_address = attempt(behind_proxy, unique_email(), **elsewhere)
    assert [guess.status_code for guess in guesses] == [401] * ATTEMPTS
    assert (stopped.status_code, error_code(stopped)) == (429, "request.rate_limited")
    assert 0 < int(stopped.headers["retry-after"]) <= 3600
    assert (other_route.status_code, other_address.status_code) == (422, 401)


@pytest.mark.rule("AUTH-09", "SEC-02", "SEC-13")
def test_guesses_from_many_addresses_at_one_account_are_stopped(behind_proxy: Api) -> None:
    email, other = new_account(behind_proxy), new_account(behind_proxy)
    guesses = [attempt(behind_proxy, email, **asked_from(new_address())) for _ in range(ATTEMPTS)]

    stopped = attempt(behind_proxy, email.upper(), **asked_from(new_address()))

    # Also with the right password: the answer must not tell that it was found.
    right = attempt(behind_proxy, email, PASSWORD, **asked_from(new_address()))
    somebody_else = attempt(behind_proxy, other, PASSWORD, **asked_from(new_address()))
    assert [guess.status_code for guess in guesses] == [401] * ATTEMPTS
    assert (stopped.status_code, error_code(stopped)) == (429, "request.rate_limited")
    assert right.status_code == 429
    assert somebody_else.status_code == 201


@pytest.mark.rule("AUTH-09", "SEC-13")
def test_limit_of_an_account_does_not_tell_whether_it_exists(behind_proxy: Api) -> None:
    known, unknown = new_account(behind_proxy), unique_email()

    last = {
        email: [
            attempt(behind_proxy, email, **asked_from(new_address())) for _ in range(ATTEMPTS + 1)
        ][-1]
        for email in (known, unknown)
    }

    assert [answer.status_code for answer in last.values()] == [429, 429]
    assert last[known].json()["error"] == last[unknown].json()["error"]


@pytest.mark.rule("AUTH-09", "SEC-02", "SEC-13")
@pytest.mark.parametrize(
    "forged",
    [
        "198.51.100.{}, {}",
        "::ffff:198.51.100.{}, {}",
        "127.0.0.{}, {}",
        "nonsense {}, {}",
        ", {} ,{}",
    ],
)
def test_addresses_that_a_caller_puts_before_the_proxy_s_own_change_nothing(
    behind_proxy: Api, forged: str
) -> None:
    real = new_address()
    for number in range(ATTEMPTS):
        attempt(behind_proxy, unique_email(), **asked_from(forged.format(number, real)))

    stopped = attempt(behind_proxy, unique_email(), **asked_from(forged.format(99, real)))

    assert stopped.status_code == 429


@pytest.mark.rule("AUTH-09", "SEC-02", "SEC-13")
@pytest.mark.parametrize("path", [LOGINS, USERS])
def test_forged_address_of_a_caller_without_a_proxy_changes_nothing(direct: Api, path: str) -> None:
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP")

    answers = [
        direct.post(path, json={}, headers={name: new_address() for name in names})
        for _ in range(ATTEMPTS + 1)
    ]

    assert [answer.status_code for answer in answers] == [422] * ATTEMPTS + [429]


@pytest.mark.rule("AUTH-09", "SEC-02", "SEC-03", "SEC-13")
def test_guesses_at_the_current_password_of_an_open_login_are_stopped(behind_proxy: Api) -> None:
    shown = {**new_proof(behind_proxy), "If-Match": "*"}
    guess = {"current_password": WRONG, "password": OTHER_PASSWORD}

    answers = [
        behind_proxy.patch(ME, json=guess, headers={**shown, **asked_from(new_address())})
        for _ in range(ATTEMPTS + 1)
    ]

    assert [answer.status_code for answer in answers] == [403] * ATTEMPTS + [429]
    assert behind_proxy.get(ME, headers=shown).status_code == 200


@pytest.mark.rule("SEC-02", "SEC-03")
def test_answers_say_how_much_is_left_and_when_there_is_more(behind_proxy: Api) -> None:
    here = asked_from(new_address())

    answers = [attempt(behind_proxy, unique_email(), **here) for _ in range(ATTEMPTS + 1)]

    left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
    assert left == [4, 3, 2, 1, 0, 0]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {str(ATTEMPTS)}
    assert all(0 < int(answer.headers["ratelimit-reset"]) <= 3600 for answer in answers)


@pytest.mark.rule("SEC-03", "OBS-10")
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_those_who_watch_the_service_are_never_limited(direct: Api, path: str) -> None:
    answers = [direct.get(path) for _ in range(ATTEMPTS * 4)]

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit-limit" not in answers[-1].headers


@pytest.mark.rule("SEC-02", "SEC-03")
def test_budget_of_one_caller_for_one_operation_is_for_no_other_and_of_nobody_else(
    behind_proxy: Api, direct: Api
) -> None:
    first, second = new_proof(behind_proxy), new_proof(behind_proxy)

    used = [direct.get(ME, headers=first).status_code for _ in range(REQUESTS + 1)]

    assert used == [200] * REQUESTS + [429]
    assert direct.get(USERS, headers=first).status_code == 403
    assert direct.get(ME, headers=second).status_code == 200


@pytest.mark.rule("SEC-02", "SEC-13")
def test_guessed_credentials_spend_a_budget_of_their_own(behind_proxy: Api, direct: Api) -> None:
    good = new_proof(behind_proxy)

    guesses = [
        direct.get(path, headers=forged(number)).status_code
        for number, path in enumerate([ME, USERS] * REQUESTS)
    ]

    assert guesses == [401] * REQUESTS + [429] * REQUESTS
    assert direct.get(ME, headers=good).status_code == 200


@pytest.mark.rule("API-19")
def test_stranger_gets_neither_an_answer_nor_a_conflict_by_the_key_of_another(
    behind_proxy: Api,
) -> None:
    key = {"Idempotency-Key": "sign-up"}

    def sign_up(email: str, address: str) -> httpx2.Response:
        body = {"email": email, "password": PASSWORD}
        return behind_proxy.post(USERS, json=body, headers={**key, **asked_from(address)})

    anne, here, there = unique_email(), new_address(), new_address()
    first, again = sign_up(anne, here), sign_up(anne, here)
    copied, own = sign_up(anne, there), sign_up(unique_email(), new_address())

    assert (first.status_code, again.json()["data"]) == (201, first.json()["data"])
    assert error_code(copied) == "user.email_taken"
    assert own.status_code == 201
