"""Sessions: given for a password in a hardened cookie, renewed with every sign-in, useless after signing out."""

from __future__ import annotations

import pytest

from tests.blackbox.asking import matching
from tests.blackbox.client import Api, error_code
from tests.blackbox.people import ME, USERS, Person, lives, new_key, sign_in, sign_up, unique_email
from tests.blackbox.test_audit import entries_of, named, request_id
from tests.support.callers import PASSWORD
from tests.support.proofs import COOKIE, CURRENT, HARDENED, LOGINS, proof_in, token_in

pytestmark = pytest.mark.rule("AUTH-12")


@pytest.mark.rule("API-12", "TEST-14")
def test_password_is_exchanged_for_a_session_in_a_hardened_cookie(
    anonymous: Api, customer: Person
) -> None:
    sent = {"email": customer.account.email, "password": PASSWORD}

    response = anonymous.post(LOGINS, json=sent)

    assert response.status_code == 201
    assert set(response.json()["data"]) == {"csrf_token", "expires_at"}
    assert response.headers["location"] == CURRENT
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["set-cookie"] == f"{COOKIE}={token_in(response)}{HARDENED}"
    assert len(token_in(response)) >= 43
    assert token_in(response) not in response.text
    assert lives(anonymous, proof_in(response))


@pytest.mark.rule("AUTH-10")
def test_no_two_sign_ins_share_a_session(anonymous: Api, customer: Person) -> None:
    proofs = [sign_in(anonymous, customer.account.email) for _ in range(3)]

    assert len({value for proof in proofs for value in proof.values()}) == 6


def test_session_is_renewed_with_the_next_sign_in_of_the_same_browser(
    anonymous: Api, customer: Person
) -> None:
    elsewhere, first = (sign_in(anonymous, customer.account.email) for _ in range(2))
    sent = {"email": customer.account.email, "password": PASSWORD}

    # The browser sends its cookie, and the page has lost the token for changes.
    second = anonymous.post(LOGINS, json=sent, headers={"Cookie": first["Cookie"]})

    assert second.status_code == 201
    assert first["Cookie"] != proof_in(second)["Cookie"]
    assert not lives(anonymous, first)
    assert lives(anonymous, proof_in(second))
    assert lives(anonymous, elsewhere)


@pytest.mark.rule("SEC-08")
def test_session_that_is_renewed_leaves_an_entry(
    api: Api, anonymous: Api, customer: Person
) -> None:
    first, request = sign_in(anonymous, customer.account.email), request_id()
    sent = {"email": customer.account.email, "password": PASSWORD}

    anonymous.post(LOGINS, json=sent, headers={"Cookie": first["Cookie"], **named(request)})

    actions = [entry["action"] for entry in entries_of(api, request)]
    assert sorted(actions) == ["logins.replace", "logins.sign_in"]


def test_failed_sign_in_leaves_the_session_as_it_is(anonymous: Api, customer: Person) -> None:
    proof = sign_in(anonymous, customer.account.email)
    sent = {"email": customer.account.email, "password": "a wrong but long password"}

    response = anonymous.post(LOGINS, json=sent, headers={"Cookie": proof["Cookie"]})

    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert lives(anonymous, proof)


@pytest.mark.rule("AUTH-11", "TEST-14")
def test_signing_out_makes_a_session_useless_at_once_and_no_other(
    anonymous: Api, customer: Person
) -> None:
    here, elsewhere = (sign_in(anonymous, customer.account.email) for _ in range(2))

    response = anonymous.delete(CURRENT, headers=here)

    again = anonymous.delete(CURRENT, headers=here)
    assert response.status_code == 204
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")
    assert again.status_code == 401
    assert not lives(anonymous, here)
    assert lives(anonymous, elsewhere)


def test_page_that_lost_its_token_gets_it_again(anonymous: Api, customer: Person) -> None:
    proof = sign_in(anonymous, customer.account.email)

    response = anonymous.get(CURRENT, headers={"Cookie": proof["Cookie"]})

    assert response.status_code == 200
    assert response.json()["data"]["csrf_token"] == proof["X-CSRF-Token"]


@pytest.mark.rule("AUTH-13")
def test_api_key_has_no_session(api: Api, anonymous: Api) -> None:
    key = {"X-API-Key": new_key(api, "account:read", "account:write")["key"]}

    answers = [anonymous.get(CURRENT, headers=key), anonymous.delete(CURRENT, headers=key)]

    assert [(one.status_code, error_code(one)) for one in answers] == [
        (403, "auth.login_required")
    ] * 2


@pytest.mark.rule("AUTH-13")
def test_api_key_needs_no_token_for_changes(api: Api, anonymous: Api) -> None:
    key = new_key(api, "account:read")["key"]

    # By a key nobody makes another key; what matters is which refusal it is.
    response = anonymous.post("/v1/api-keys", json={}, headers={"X-API-Key": key})

    assert error_code(response) != "auth.csrf_token_missing"


@pytest.mark.rule("AUTH-01")
def test_two_kinds_of_credentials_at_once_are_refused(api: Api, anonymous: Api) -> None:
    key = new_key(api, "account:read")["key"]
    proof = sign_in(anonymous, sign_up(anonymous)["email"])

    response = anonymous.get(ME, headers={**proof, "X-API-Key": key})

    assert (response.status_code, error_code(response)) == (401, "auth.invalid_token")


@pytest.mark.rule("AUTH-01")
def test_stale_session_keeps_nobody_from_signing_in_or_up(anonymous: Api, customer: Person) -> None:
    stale = {"Cookie": f"{COOKIE}=stale; {COOKIE}=planted"}

    signed_in = anonymous.post(
        LOGINS, json={"email": customer.account.email, "password": PASSWORD}, headers=stale
    )
    signed_up = anonymous.post(
        USERS, json={"email": unique_email(), "password": PASSWORD}, headers=stale
    )

    assert (signed_in.status_code, signed_up.status_code) == (201, 201)


@pytest.mark.rule("VAL-02")
@pytest.mark.parametrize("body", [{}, {"email": 1, "password": []}, {"email": "a@b.co"}], ids=str)
def test_request_for_a_session_of_the_wrong_form_is_refused_with_422(
    anonymous: Api, body: dict[str, object]
) -> None:
    assert anonymous.post(LOGINS, json=body).status_code == 422


@pytest.mark.rule("AUTH-11")
def test_change_under_a_condition_works_with_session_and_token(customer: Person) -> None:
    wrong = {"current_password": "not the password", "password": "another long passphrase"}

    response = customer.api.patch(ME, json=wrong, headers=matching(customer.api, ME))

    assert (response.status_code, error_code(response)) == (403, "user.wrong_password")
