"""Sessions of the admin pages: the database knows a hash of their keys, as it does of tokens.

Whoever reads the table, or a backup of it, can enter with none of them.
"""

import base64
import hashlib
from typing import Any

from django.contrib.sessions.backends import db

_LENGTH = 40  # of Django's column: 240 of the 256 bits


class SessionStore(db.SessionStore):
    """Django's sessions in the database, under the hash of the key that the cookie holds.

    The pages are served by threads, so Django's asynchronous doubles of these methods are never called.
    """

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return super().exists(_hashed(session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Remove a session, by default this one."""
        given = session_key or self.session_key
        if given is not None:
            super().delete(_hashed(given))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of this session."""
        row = super().create_model_instance(data)
        row.session_key = _hashed(row.session_key)
        return row

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key any more, if there is none with its key."""
        stored = db.SessionStore(_hashed(self.session_key or ""))
        found: dict[str, Any] = stored.load()
        if stored.session_key is None:
            self._session_key = None
        return found


def _hashed(key: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode()[:_LENGTH]
