"""The cookie that holds a session: for this host only, never over plain HTTP, and out of reach of scripts.

Browsers take ``localhost`` for secure, so it works there in development, too.
"""

from ..core.credentials import SESSION_COOKIE

_HARDENED = "Path=/; Secure; HttpOnly; SameSite=Lax"


def with_session(token: str) -> dict[str, str]:
    """The header that gives a browser a session. Without an age it ends with the browser, at the latest."""
    return {"Set-Cookie": f"{SESSION_COOKIE}={token}; {_HARDENED}"}


def without_session() -> dict[str, str]:
    """The header that takes the session from a browser."""
    return {"Set-Cookie": f"{SESSION_COOKIE}=; Max-Age=0; {_HARDENED}"}
