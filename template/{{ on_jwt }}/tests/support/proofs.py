"""What a sign-in gives, as tests that speak HTTP see it: a pair of tokens."""

from __future__ import annotations

import httpx2

LOGINS = "/v1/auth/tokens"
CURRENT = f"{LOGINS}/current"
RENEWS = False
"""Whether a sign-in ends the login that was shown with it."""
SHOWN = frozenset({"authorization", "x-api-key"})
"""Headers that tell who sends a request."""
SCHEMES = {("http", "bearer"), ("apiKey", "X-API-Key")}
CHALLENGE = "Bearer"
WITH_CREDENTIALS = None
"""What a listed origin is told about credentials that browsers show by themselves."""
# A token is not used in its last minute: it would end while a test still needs it.
_MARGIN_SECONDS = 60


def proof_in(answer: httpx2.Response) -> dict[str, str]:
    """The headers that show what a sign-in gave."""
    return {"Authorization": f"Bearer {answer.json()['data']['access_token']}"}


def secrets_in(answer: httpx2.Response) -> list[str]:
    """What nobody else may see of it."""
    pair = answer.json()["data"]
    return [pair["access_token"], pair["refresh_token"]]


def seconds_good(answer: httpx2.Response) -> float:
    """How long it may be used."""
    seconds: float = answer.json()["data"]["expires_in"]
    return seconds - _MARGIN_SECONDS


def forged(number: int = 0) -> dict[str, str]:
    """The headers of somebody who guesses."""
    # Signed with nothing.
    return {
        "Authorization": f"Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAA{number}"  # pragma: allowlist secret
    }


def check_cookies(response: httpx2.Response, told: str) -> None:
    """Assert that nobody is known by a cookie."""
    assert "set-cookie" not in response.headers, f"{told}: nobody is known by a cookie"
