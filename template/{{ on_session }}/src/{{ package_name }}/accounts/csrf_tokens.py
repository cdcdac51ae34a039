"""CSRF tokens: what only a script that may read our answers can show beside a session.

Each follows from its session by HMAC, so none is stored, and one that was learned elsewhere is good for no
other session (OWASP Cross-Site Request Forgery Prevention Cheat Sheet: a token bound to the session).
"""

import hashlib
import hmac

from ..core.keys import Key, KeyRing


class CsrfTokens:
    """Makes and compares CSRF tokens.

    Args:
        keys: sign them. Two at once while the secret is being exchanged.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def of(self, session: str) -> str:
        """The token that belongs to a session."""
        return _signed(self._keys.current, session)

    def is_right(self, shown: str | None, *, session: str) -> bool:
        """Whether this is the token of the session, in a time that does not tell how much of it is."""
        right = [_signed(key, session) for key in self._keys.all]
        found = [hmac.compare_digest(one.encode(), (shown or "").encode()) for one in right]
        return any(found)


def _signed(key: Key, session: str) -> str:
    return hmac.new(key.secret, session.encode(), hashlib.sha256).hexdigest()
