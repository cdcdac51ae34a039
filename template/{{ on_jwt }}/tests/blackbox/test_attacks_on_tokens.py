"""Attacks on access and refresh tokens: forged, cut, confused, replayed, and used by two at once.

Tokens that are signed as they should be and yet expired, too early, or of another issuer or audience take the
key, so they are tried with the class that reads them: `tests/unit/accounts/test_access_tokens.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.blackbox.asking import at_once
from tests.blackbox.client import Api, error_code
from tests.blackbox.jwt import claims_of, decoded, encoded, header_of, signed, unsigned
from tests.blackbox.people import ME, USERS, Person
from tests.blackbox.tokens import REFRESH, bearer, new_pair, token_lives

Forge = Callable[[str], str]

GUESSED_KEYS = (b"", b"secret", b"changeme", b"only-for-tests", b"null")


@pytest.fixture(scope="module")
def token(anonymous: Api, customer: Person) -> str:
    """A good token of somebody who may not do much."""
    pair = new_pair(anonymous, customer.account.email)
    assert token_lives(anonymous, pair["access_token"])
    good: str = pair["access_token"]
    return good


def with_header(**values: Any) -> Forge:
    """The same token, which says something else about its signature."""

    def forge(token: str) -> str:
        _, claims, signature = token.split(".")
        header = encoded(json.dumps({**header_of(token), **values}).encode())
        return f"{header}.{claims}.{signature}"

    return forge


def with_claims(**values: Any) -> Forge:
    """The same token, which says something else about its caller."""

    def forge(token: str) -> str:
        header, _, signature = token.split(".")
        claims = encoded(json.dumps({**claims_of(token), **values}).encode())
        return f"{header}.{claims}.{signature}"

    return forge


def without_signature(algorithm: str) -> Forge:
    """A token that says it needs no signature."""

    def forge(token: str) -> str:
        return unsigned({**header_of(token), "alg": algorithm}, claims_of(token)) + "."

    return forge


def signed_with(key: bytes, **header: Any) -> Forge:
    """A token signed with a key that an attacker knows, or makes the service look for."""

    def forge(token: str) -> str:
        return signed({**header_of(token), **header}, claims_of(token), key)

    return forge


def flipped(token: str) -> str:
    """One bit of the signature is another one."""
    text, _, signature = token.rpartition(".")
    content = bytearray(decoded(signature))
    content[0] ^= 1
    return f"{text}.{encoded(bytes(content))}"


OWN_KEY = {"kty": "oct", "k": encoded(b"a key of my own"), "kid": "mine"}
FORGERIES: dict[str, Forge] = {
    "alg none": without_signature("none"),
    "alg None": without_signature("None"),
    "alg NONE": without_signature("NONE"),
    "alg nOnE": without_signature("nOnE"),
    "alg empty": without_signature(""),
    "alg none, signature kept": with_header(alg="none"),
    "alg HS512": with_header(alg="HS512"),
    "alg RS256": with_header(alg="RS256"),
    "alg ES256": with_header(alg="ES256"),
    "alg is a list": with_header(alg=["HS256"]),
    "alg is missing": with_header(alg=None),
    "RS256 signed by HMAC of a public text": signed_with(
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", alg="RS256"
    ),
    "kid unknown": with_header(kid="0123456789ab"),
    "kid is missing": with_header(kid=None),
    "kid is a number": with_header(kid=0),
    "kid is a list": with_header(kid=[]),
    "kid is an object": with_header(kid={}),
    "kid is a file": signed_with(b"", kid="../../../../dev/null"),
    "kid is SQL": signed_with(b"a", kid="x' UNION SELECT 'a"),
    "kid is a command": signed_with(b"", kid="/dev/null; sleep 5 |"),
    "jwk brought along": signed_with(b"a key of my own", jwk=OWN_KEY, kid="mine"),
    "jku elsewhere": signed_with(b"a key of my own", jku="http://127.0.0.1:9/keys", kid="mine"),
    "x5u elsewhere": signed_with(b"a key of my own", x5u="http://127.0.0.1:9/keys", kid="mine"),
    "critical extension": with_header(crit=["exp"], exp=4_000_000_000),
    "payload not encoded": with_header(b64=False, crit=["b64"]),
    "another type": with_header(typ="JWT"),
    "no type": with_header(typ=None),
    "another subject": with_claims(sub="0192f0c1-2345-7000-8000-000000000000"),
    "another login": with_claims(sid="0192f0c1-2345-7000-8000-000000000000"),
    "end far away": with_claims(exp=4_000_000_000),
    "no end": with_claims(exp=None),
    "role added": with_claims(roles=["admin"], role="admin", scope="users:manage"),
    "another issuer": with_claims(iss="https://elsewhere.example"),
    "another audience": with_claims(aud=["elsewhere"]),
    "claims are a list": lambda token: signed(header_of(token), [], b""),
    "claims are a text": lambda token: signed(header_of(token), "sub", b""),
    "claims are null": lambda token: signed(header_of(token), None, b""),
    "signature flipped": flipped,
    "signature cut by one": lambda token: token[:-1],
    "signature cut by half": lambda token: token[:-21],
    "signature missing": lambda token: token.rpartition(".")[0],
    "signature empty": lambda token: token.rpartition(".")[0] + ".",
    "signature twice": lambda token: f"{token}.{token.rpartition('.')[2]}",
    "padding added": lambda token: token + "====",
    "blank inside": lambda token: token.replace(".", ". ", 1),
    "five parts": lambda token: f"{token}.AAAA.AAAA",
    "no parts": lambda token: token.replace(".", ""),
    "only dots": lambda _: "..",
    "no base64": lambda _: "!!!.???.###",
    "no JSON": lambda token: f"{encoded(b'{')}.{token.partition('.')[2]}",
    "no UTF-8": lambda token: f"{encoded(bytes([255, 254]))}.{token.partition('.')[2]}",
    "deep header": lambda token: f"{encoded(b'[' * 2000)}.{token.partition('.')[2]}",
    "4 kB": lambda token: token + "A" * 4000,
    "letters beyond ASCII": lambda token: token + "\u00e9",
}


@pytest.mark.rule("AUTH-10", "AUTH-01", "SEC-13")
@pytest.mark.parametrize("forge", list(FORGERIES.values()), ids=list(FORGERIES))
def test_forged_token_is_refused_like_any_other(anonymous: Api, token: str, forge: Forge) -> None:
    forged = forge(token)

    response = anonymous.get(ME, headers=[(b"Authorization", f"Bearer {forged}".encode("latin-1"))])

    told = response.json()["error"]
    assert forged != token
    assert response.status_code == 401
    # The same words for every forgery: none says how near it came.
    assert told == anonymous.get(ME, headers=bearer("nonsense")).json()["error"]
    assert told["code"] == "auth.invalid_token"


@pytest.mark.rule("AUTH-10", "SEC-13")
@pytest.mark.parametrize("key", GUESSED_KEYS, ids=str)
@pytest.mark.parametrize("hint", ["none", "kid"])
def test_token_signed_with_a_guessed_key_is_refused(
    anonymous: Api, token: str, key: bytes, hint: str
) -> None:
    header = header_of(token)
    guess = key if hint == "none" else str(header["kid"]).encode() + key

    response = anonymous.get(ME, headers=bearer(signed(header, claims_of(token), guess)))

    assert response.status_code == 401


@pytest.mark.rule("AUTH-10", "SEC-13")
def test_keys_that_a_token_brings_along_are_never_fetched(anonymous: Api, token: str) -> None:
    # Nobody answers there: a service that asked would wait.
    elsewhere = signed_with(b"mine", jku="http://192.0.2.1/keys", x5u="http://192.0.2.1/keys")
    began = time.monotonic()

    response = anonymous.get(ME, headers=bearer(elsewhere(token)))

    assert response.status_code == 401
    assert time.monotonic() - began < 2


@pytest.mark.rule("AUTH-10", "SEC-13")
def test_token_of_one_caller_never_opens_the_account_of_another(
    anonymous: Api, token: str, customer: Person, another_customer: Person
) -> None:
    stolen = with_claims(sub=another_customer.id)(token)

    answers = [anonymous.get(ME, headers=bearer(one)) for one in (token, stolen)]

    assert answers[0].json()["data"]["id"] == customer.id
    assert answers[1].status_code == 401


def living(api: Api, pairs: list[dict[str, str]]) -> list[dict[str, str]]:
    """The pairs of which a token is still good for something; each refresh token is tried."""
    return [
        pair
        for pair in pairs
        if token_lives(api, pair["access_token"])
        or api.post(REFRESH, json={"refresh_token": pair["refresh_token"]}).status_code == 201
    ]


@pytest.mark.rule("AUTH-11", "SEC-13", "ERR-07")
@pytest.mark.parametrize("callers", [2, 8])
def test_refresh_token_used_by_several_at_once_leaves_nobody_a_living_pair(
    anonymous: Api, customer: Person, callers: int
) -> None:
    first = new_pair(anonymous, customer.account.email)
    sent = {"refresh_token": first["refresh_token"]}

    answers = at_once(callers, lambda _: anonymous.post(REFRESH, json=sent))

    won = [answer.json()["data"] for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 401}
    assert len(won) <= 1
    assert living(anonymous, [first, *won]) == []


@pytest.mark.rule("AUTH-11", "SEC-13")
def test_thief_who_comes_first_loses_the_login_when_the_owner_comes_second(
    anonymous: Api, customer: Person
) -> None:
    owner = new_pair(anonymous, customer.account.email)
    stolen = {"refresh_token": owner["refresh_token"]}
    thief = anonymous.post(REFRESH, json=stolen).json()["data"]
    assert token_lives(anonymous, thief["access_token"])

    late = anonymous.post(REFRESH, json=stolen)

    assert late.status_code == 401
    assert living(anonymous, [owner, thief]) == []


@pytest.mark.rule("AUTH-11", "SEC-13")
@pytest.mark.parametrize(
    "forge",
    [lambda token: token[:-1], lambda token: token + "A", str.swapcase, lambda _: "x" * 43],
    ids=["cut", "longer", "case", "guessed"],
)
def test_refresh_token_that_is_not_exactly_one_is_refused_and_harms_no_login(
    anonymous: Api, customer: Person, forge: Forge
) -> None:
    pair = new_pair(anonymous, customer.account.email)

    response = anonymous.post(REFRESH, json={"refresh_token": forge(pair["refresh_token"])})

    assert response.status_code == 401
    assert error_code(response) == "auth.invalid_token"
    assert token_lives(anonymous, pair["access_token"])


@pytest.mark.rule("AUTH-05", "AUTH-10", "SEC-13")
def test_role_written_into_a_token_gives_no_right(
    anonymous: Api, token: str, customer: Person
) -> None:
    # Even a good token says nothing about roles: they are looked up.
    assert {"roles", "role", "scope", "permissions"} & claims_of(token).keys() == set()

    assert customer.api.get(USERS).status_code == 403
    assert (
        anonymous.get(USERS, headers=bearer(with_claims(roles=["admin"])(token))).status_code == 401
    )
