"""Tokens: given for a password, exchanged once each, and useless as soon as somebody signs out."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.blackbox.client import Api, error_code
from tests.blackbox.jwt import claims_of, header_of
from tests.blackbox.people import (
    ME,
    OTHER_PASSWORD,
    USERS,
    Person,
    new_key,
    new_person,
    sign_up,
    unique_email,
)
from tests.blackbox.test_audit import entries_of, named, request_id
from tests.blackbox.tokens import REFRESH, bearer, new_pair, token_lives
from tests.support.callers import PASSWORD
from tests.support.proofs import CURRENT, LOGINS

LONGEST_SECONDS = 900


def refreshed(api: Api, refresh_token: str) -> dict[str, str]:
    """The pair that a refresh token is exchanged for."""
    response = api.post(REFRESH, json={"refresh_token": refresh_token})
    assert response.status_code == 201, response.text
    pair: dict[str, str] = response.json()["data"]
    return pair


def refused(api: Api, refresh_token: str) -> bool:
    """Whether a refresh token is good for nothing."""
    response = api.post(REFRESH, json={"refresh_token": refresh_token})
    return response.status_code == 401 and error_code(response) == "auth.invalid_token"


@pytest.mark.rule("API-12", "AUTH-02", "TEST-14")
def test_password_is_exchanged_for_two_tokens_of_which_one_ends_soon(
    anonymous: Api, customer: Person
) -> None:
    sent = {"email": customer.account.email, "password": PASSWORD}

    response = anonymous.post(LOGINS, json=sent)

    pair = response.json()["data"]
    assert response.status_code == 201
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert pair["token_type"] == "Bearer"
    assert 0 < pair["expires_in"] <= LONGEST_SECONDS
    assert response.headers["cache-control"] == "no-store"
    assert token_lives(anonymous, pair["access_token"])


@pytest.mark.rule("AUTH-02", "AUTH-10")
def test_access_token_names_its_key_issuer_audience_and_end_and_nothing_personal(
    anonymous: Api, customer: Person
) -> None:
    pair = new_pair(anonymous, customer.account.email)

    header, claims = header_of(pair["access_token"]), claims_of(pair["access_token"])

    assert header["alg"] == "HS256"
    assert header["kid"]
    assert {"iss", "aud", "sub", "jti", "iat", "nbf", "exp"} <= claims.keys()
    assert claims["sub"] == customer.id
    assert claims["exp"] - claims["iat"] == pair["expires_in"]
    assert claims["nbf"] <= claims["iat"]
    assert customer.account.email not in str(claims)


@pytest.mark.rule("AUTH-10")
def test_no_two_logins_share_a_token(anonymous: Api, customer: Person) -> None:
    pairs = [new_pair(anonymous, customer.account.email) for _ in range(3)]

    tokens = {pair[name] for pair in pairs for name in ("access_token", "refresh_token")}

    assert len(tokens) == 6
    assert {len(pair["refresh_token"]) >= 43 for pair in pairs} == {True}


@pytest.mark.rule("AUTH-10", "API-19")
def test_tokens_are_never_kept_to_be_answered_a_second_time(
    anonymous: Api, customer: Person
) -> None:
    sent = {"email": customer.account.email, "password": PASSWORD}
    headers = {"Idempotency-Key": uuid4().hex}

    answers = [anonymous.post(LOGINS, json=sent, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert "idempotent-replay" not in answers[1].headers
    assert len({answer.json()["data"]["access_token"] for answer in answers}) == 2


@pytest.mark.rule("AUTH-11", "TEST-14")
def test_refresh_token_is_exchanged_for_a_new_pair_that_works(
    anonymous: Api, customer: Person
) -> None:
    first = new_pair(anonymous, customer.account.email)

    second = refreshed(anonymous, first["refresh_token"])
    third = refreshed(anonymous, second["refresh_token"])

    tokens = [pair[name] for pair in (first, second, third) for name in pair if "_token" in name]
    assert len(set(tokens)) == 6
    assert token_lives(anonymous, second["access_token"])
    assert token_lives(anonymous, third["access_token"])


@pytest.mark.rule("AUTH-11")
def test_refresh_token_used_twice_ends_its_login_and_no_other(
    anonymous: Api, customer: Person
) -> None:
    other = new_pair(anonymous, customer.account.email)
    first = new_pair(anonymous, customer.account.email)
    second = refreshed(anonymous, first["refresh_token"])
    third = refreshed(anonymous, second["refresh_token"])

    assert refused(anonymous, first["refresh_token"])

    family = (first, second, third)
    assert [token_lives(anonymous, pair["access_token"]) for pair in family] == [False] * 3
    assert all(refused(anonymous, pair["refresh_token"]) for pair in family)
    assert token_lives(anonymous, other["access_token"])
    assert refreshed(anonymous, other["refresh_token"])


@pytest.mark.rule("AUTH-11", "TEST-14")
def test_signing_out_makes_both_tokens_useless_at_once_and_no_others(
    anonymous: Api, customer: Person
) -> None:
    here, elsewhere = (new_pair(anonymous, customer.account.email) for _ in range(2))

    response = anonymous.delete(CURRENT, headers=bearer(here["access_token"]))

    again = anonymous.delete(CURRENT, headers=bearer(here["access_token"]))
    assert response.status_code == 204
    assert not token_lives(anonymous, here["access_token"])
    assert refused(anonymous, here["refresh_token"])
    assert again.status_code == 401
    assert token_lives(anonymous, elsewhere["access_token"])
    assert refreshed(anonymous, elsewhere["refresh_token"])


@pytest.mark.rule("AUTH-11")
def test_tokens_do_not_stand_in_for_one_another(anonymous: Api, customer: Person) -> None:
    pair = new_pair(anonymous, customer.account.email)

    assert not token_lives(anonymous, pair["refresh_token"])
    assert refused(anonymous, pair["access_token"])
    assert token_lives(anonymous, pair["access_token"])


@pytest.mark.rule("AUTH-01", "ERR-05")
@pytest.mark.parametrize("known", [True, False], ids=["wrong password", "unknown address"])
def test_refusal_to_sign_in_repeats_nothing_of_what_was_sent(
    anonymous: Api, customer: Person, known: bool
) -> None:
    email = customer.account.email if known else unique_email()
    sent = {"email": email, "password": "a wrong but long password"}

    response = anonymous.post(LOGINS, json=sent)

    assert response.status_code == 401
    assert error_code(response) == "auth.invalid_credentials"
    assert email not in response.text
    assert sent["password"] not in response.text


@pytest.mark.rule("VAL-02")
@pytest.mark.parametrize("path", [LOGINS, REFRESH])
@pytest.mark.parametrize(
    "body",
    [{}, {"email": 1, "password": []}, {"refresh_token": None}, {"refresh_token": ""}],
    ids=str,
)
def test_request_for_tokens_of_the_wrong_form_is_refused_with_422(
    anonymous: Api, path: str, body: dict[str, object]
) -> None:
    assert anonymous.post(path, json=body).status_code == 422


@pytest.mark.rule("AUTH-01")
def test_scheme_is_known_in_any_case(anonymous: Api, customer: Person) -> None:
    token = new_pair(anonymous, customer.account.email)["access_token"]

    answers = [
        anonymous.get(ME, headers={"Authorization": f"{scheme} {token}"})
        for scheme in ("bearer", "BEARER", "Bearer")
    ]

    assert [answer.status_code for answer in answers] == [200] * 3


@pytest.mark.rule("AUTH-01", "AUTH-10")
@pytest.mark.parametrize(
    "shown",
    [
        "TOKEN",
        "Bearer",
        "Basic TOKEN",
        "Token TOKEN",
        "Bearer TOKEN TOKEN",
        "Bearer,TOKEN",
        "",
    ],
)
def test_token_that_is_shown_in_another_way_is_refused(
    anonymous: Api, customer: Person, shown: str
) -> None:
    token = new_pair(anonymous, customer.account.email)["access_token"]

    response = anonymous.get(ME, headers={"Authorization": shown.replace("TOKEN", token)})

    assert response.status_code == 401


@pytest.mark.rule("AUTH-01", "AUTH-10")
def test_token_in_the_query_or_a_cookie_counts_for_nothing(
    anonymous: Api, customer: Person
) -> None:
    token = new_pair(anonymous, customer.account.email)["access_token"]

    answers = [
        anonymous.get(ME, params={"access_token": token}),
        anonymous.get(ME, headers={"Cookie": f"access_token={token}; session={token}"}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.rule("AUTH-01")
def test_two_kinds_of_credentials_at_once_are_refused(api: Api, anonymous: Api) -> None:
    key = new_key(api, "account:read")["key"]
    token = new_pair(anonymous, sign_up(anonymous)["email"])["access_token"]

    response = anonymous.get(ME, headers={**bearer(token), "X-API-Key": key})

    assert response.status_code == 401
    assert error_code(response) == "auth.invalid_token"


@pytest.mark.rule("AUTH-01")
def test_two_tokens_in_two_headers_are_refused(anonymous: Api, customer: Person) -> None:
    token = new_pair(anonymous, customer.account.email)["access_token"]
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]

    response = anonymous.get(ME, headers=twice)

    assert response.status_code == 401


@pytest.mark.rule("AUTH-01")
def test_stale_token_keeps_nobody_from_signing_in_or_up(anonymous: Api, customer: Person) -> None:
    stale = bearer("stale.token.indeed")

    signed_in = anonymous.post(
        LOGINS, json={"email": customer.account.email, "password": PASSWORD}, headers=stale
    )
    signed_up = anonymous.post(
        USERS, json={"email": unique_email(), "password": PASSWORD}, headers=stale
    )

    assert (signed_in.status_code, signed_up.status_code) == (201, 201)


@pytest.mark.rule("AUTH-11")
def test_change_of_the_password_makes_every_refresh_token_useless(api: Api, anonymous: Api) -> None:
    person = new_person(api)
    pairs = [new_pair(anonymous, person.account.email) for _ in range(2)]
    change = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    headers = {**bearer(pairs[0]["access_token"]), "If-Match": "*"}

    response = anonymous.patch(ME, json=change, headers=headers)

    assert response.status_code == 200
    assert all(refused(anonymous, pair["refresh_token"]) for pair in pairs)


@pytest.mark.rule("SEC-08", "AUTH-11")
def test_refresh_token_used_twice_leaves_an_entry(
    api: Api, anonymous: Api, customer: Person
) -> None:
    token = {"refresh_token": new_pair(anonymous, customer.account.email)["refresh_token"]}
    request = request_id()
    anonymous.post(REFRESH, json=token)

    response = anonymous.post(REFRESH, json=token, headers=named(request))

    entries = entries_of(api, request)
    assert response.status_code == 401
    assert [entry["action"] for entry in entries] == ["logins.end_after_reuse"]
    assert entries[0]["object_type"] == "login"
