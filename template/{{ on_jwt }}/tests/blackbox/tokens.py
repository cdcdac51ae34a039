"""Tokens as callers handle them."""

from __future__ import annotations

from tests.blackbox.client import Api
from tests.support.callers import PASSWORD
from tests.support.proofs import LOGINS

REFRESH = f"{LOGINS}/refresh"


def bearer(token: str) -> dict[str, str]:
    """The header that shows an access token."""
    return {"Authorization": f"Bearer {token}"}


def new_pair(api: Api, email: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign in, and return the pair of tokens."""
    response = api.post(LOGINS, json={"email": email, "password": password})
    assert response.status_code == 201, response.text
    pair: dict[str, str] = response.json()["data"]
    return pair


def token_lives(api: Api, access_token: str) -> bool:
    """Whether the service still knows whose access token this is."""
    status = api.get("/v1/users/me", headers=bearer(access_token)).status_code
    assert status in (200, 401), status
    return status == 200
