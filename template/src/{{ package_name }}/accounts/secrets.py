"""Secrets that callers show: long and random, so that a fast hash is enough to keep them by."""

import hashlib
import hmac
import secrets

_SECRET_BYTES = 32
_PREFIX_BYTES = 6


def new_login_token() -> str:
    """256 random bits, in letters fit for JSON and cookies."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_api_key() -> tuple[str, str]:
    """A new key, and the prefix by which it is found: ``key_3f9a0c21b7de`` of ``key_3f9a0c21b7de_...``."""
    prefix = f"key_{secrets.token_hex(_PREFIX_BYTES)}"
    return f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}", prefix


def prefix_of(api_key: str) -> str | None:
    """The prefix of a key; ``None`` if it does not look like one.

    >>> prefix_of("key_3f9a0c21b7de_rest")
    'key_3f9a0c21b7de'
    """
    kind, _, rest = api_key.partition("_")
    found, separator, secret = rest.partition("_")
    return f"{kind}_{found}" if kind == "key" and separator and secret else None


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(digest_shown: str, digest_kept: str) -> bool:
    """Whether two digests are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(digest_shown, digest_kept)
