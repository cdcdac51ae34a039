"""Values that are stored encrypted: AES-256-GCM, under keys that follow from ``SECRET_KEY``.

A stored value reads ``v1.<id of the key>.<base64url>``; what is encoded is a random nonce of 96 bits, the
ciphertext and its tag. Values are bound to their column: one that was moved to another cannot be read.

Repositories encrypt and decrypt. The type of an encrypted column (``core/tables.py``) refuses whatever has
not the form of a stored value, so that none can forget it. ``docs/security.md`` says how to encrypt a column
of your own.
"""

import base64
import binascii
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import KeyRing

_VERSION = "v1"
_NONCE_BYTES = 12
_STORED = re.compile(rf"{_VERSION}\.(?P<key>[0-9a-f]{{12}})\.(?P<sealed>[A-Za-z0-9_-]{{38,}})")


class Unreadable(Exception):
    """A stored value cannot be decrypted. The message says why, and nothing of the value."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"a value of {place} cannot be read: {reason}")
        self.reason = reason


class NotEncrypted(ValueError):
    """Something was about to be stored in an encrypted column as it is."""

    def __init__(self) -> None:
        super().__init__("an encrypted column takes only what Cipher.encrypt returns")


class Cipher:
    """Encrypts values for their columns, and decrypts them.

    Args:
        keys: for this purpose. The current one encrypts; the previous one only decrypts.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._current = keys.current.id
        self._sealers = {key.id: AESGCM(key.secret) for key in keys.all}

    @property
    def mark(self) -> str:
        """How every value begins that is encrypted under the current key."""
        return f"{_VERSION}.{self._current}."

    def encrypt(self, text: str, *, place: str) -> str:
        """The form in which a text is stored; another one each time.

        Args:
            text: the value.
            place: its column, as ``table.column``.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._sealers[self._current].encrypt(nonce, text.encode(), _bound_to(place))
        return self.mark + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def decrypt(self, stored: str, *, place: str) -> str:
        """The text that was encrypted.

        Args:
            stored: what :meth:`encrypt` returned.
            place: the column that it was encrypted for.

        Raises:
            Unreadable: it has another form, its key is unknown, or it was changed or moved.
        """
        found = _STORED.fullmatch(stored)
        if found is None:
            raise Unreadable(place, "it does not have the form of an encrypted value")
        sealer = self._sealers.get(found["key"])
        if sealer is None:
            raise Unreadable(place, f"its key {found['key']} is not known")
        try:
            sealed = base64.b64decode(
                found["sealed"] + "=" * (-len(found["sealed"]) % 4), altchars=b"-_", validate=True
            )
            text = sealer.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(place))
        except (InvalidTag, binascii.Error) as error:
            raise Unreadable(place, "it was changed, or belongs to another column") from error
        return text.decode()


def _bound_to(place: str) -> bytes:
    """What is authenticated along with a value, and not stored."""
    return place.encode()


def only_encrypted(value: str | None) -> str | None:
    """The value as it is: for the types of encrypted columns.

    Raises:
        NotEncrypted: it does not have the form of a stored value.
    """
    if value is not None and _STORED.fullmatch(value) is None:
        raise NotEncrypted
    return value
