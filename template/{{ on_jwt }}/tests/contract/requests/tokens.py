"""Tokens that are exchanged for others."""

from __future__ import annotations

from tests.blackbox.client import Api
from tests.blackbox.people import sign_up
from tests.blackbox.tokens import REFRESH, new_pair
from tests.contract.requests import PUBLIC, Access, Call, Key, Prepared


def exchange(api: Api) -> Call:
    """The exchange of a token that somebody has just got."""
    pair = new_pair(api, sign_up(api)["email"])
    return Call(REFRESH, json={"refresh_token": pair["refresh_token"]})


VALID: Prepared = {("POST", REFRESH): exchange}

UNAUTHENTICATED: Prepared = {
    ("POST", REFRESH): lambda _: Call(REFRESH, json={"refresh_token": "x" * 43}),
}

ACCESS: dict[Key, Access] = {("POST", REFRESH): PUBLIC}
