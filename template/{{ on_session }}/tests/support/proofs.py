"""What a sign-in gives, as tests that speak HTTP see it: a session in a cookie, and a token for changes."""

from __future__ import annotations

import re

import httpx2

LOGINS = "/v1/auth/sessions"
CURRENT = f"{LOGINS}/current"
COOKIE = "__Host-session"
RENEWS = True
"""Whether a sign-in ends the login that was shown with it."""
SHOWN = frozenset({"cookie", "x-api-key"})
"""Headers that tell who sends a request."""
SCHEMES = {
    ("apiKey", COOKIE),
    ("apiKey", "X-CSRF-Token"),
    ("apiKey", "X-API-Key"),
}
CHALLENGE = "Cookie"
WITH_CREDENTIALS = "true"
"""What a listed origin is told about credentials that browsers show by themselves."""
HARDENED = "; Path=/; Secure; HttpOnly; SameSite=Lax"
_SET = re.compile(rf"{COOKIE}=(?P<token>[A-Za-z0-9_-]*)(?P<over>; Max-Age=0)?{HARDENED}")
_SECONDS_GOOD = 600


def token_in(answer: httpx2.Response) -> str:
    """The token of the session that a sign-in gave."""
    name, _, token = answer.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == COOKIE, answer.headers["set-cookie"]
    return str(token)


def proof_in(answer: httpx2.Response) -> dict[str, str]:
    """The headers that show what a sign-in gave."""
    csrf_token: str = answer.json()["data"]["csrf_token"]
    return {"Cookie": f"{COOKIE}={token_in(answer)}", "X-CSRF-Token": csrf_token}


def secrets_in(answer: httpx2.Response) -> list[str]:
    """What nobody else may see of it."""
    return [token_in(answer), answer.json()["data"]["csrf_token"]]


def seconds_good(answer: httpx2.Response) -> float:
    """How long it may be used without a rest."""
    assert answer.json()["data"]["expires_at"]
    return _SECONDS_GOOD


def forged(number: int = 0) -> dict[str, str]:
    """The headers of somebody who guesses."""
    return {"Cookie": f"{COOKIE}={number:043}", "X-CSRF-Token": f"{number:064}"}


def check_cookies(response: httpx2.Response, told: str) -> None:
    """Assert that only signing in and out sets a cookie, and how: one, hardened, gone with the browser."""
    cookies = response.headers.get_list("set-cookie")
    if not cookies:
        return
    asked = (response.request.method, response.request.url.path, response.status_code)
    assert asked in {("POST", LOGINS, 201), ("DELETE", CURRENT, 204)}, f"{told}: sets {cookies}"
    found = [_SET.fullmatch(cookie) for cookie in cookies]
    assert len(found) == 1, f"{told}: sets {cookies}"
    assert found[0], f"{told}: sets {cookies}"
    assert bool(found[0]["over"]) == (asked[0] == "DELETE"), f"{told}: sets {cookies}"
    assert bool(found[0]["token"]) == (asked[0] == "POST"), f"{told}: sets {cookies}"
