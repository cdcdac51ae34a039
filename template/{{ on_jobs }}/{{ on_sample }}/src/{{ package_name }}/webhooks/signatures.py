"""Signatures by which receivers know that a webhook is ours, as https://www.standardwebhooks.com has them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits, in the form that the libraries of receivers read."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a message.

    >>> signature("whsec_c2VjcmV0", message_id="m1", timestamp=1700000000, body=b"{}")
    'v1,6a2BS7tv4ywWskEzv65tBIvuQ6lMqhUAxIXRZuEx1t4='

    Args:
        secret: from :func:`new_secret`.
        message_id: of the message: the same whenever it is sent.
        timestamp: when it is sent, seconds since 1970.
        body: as it is sent.
    """
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def headers_of(
    secrets_now: Iterable[str], *, message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers of a message, with a signature for each secret that is good now."""
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, message_id=message_id, timestamp=timestamp, body=body)
            for secret in secrets_now
        ),
    }
