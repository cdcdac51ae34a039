"""Access tokens as an attacker sees them: three texts in base64, read and forged without the key (RFC 7515)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def encoded(content: bytes) -> str:
    """The form in which each part of a token travels."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The content of a part."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(token: str) -> dict[str, Any]:
    """What a token says about its signature."""
    found: dict[str, Any] = json.loads(decoded(token.partition(".")[0]))
    return found


def claims_of(token: str) -> dict[str, Any]:
    """What a token says about its caller."""
    found: dict[str, Any] = json.loads(decoded(token.split(".")[1]))
    return found


def unsigned(header: dict[str, Any], claims: Any) -> str:
    """The part of a token that is signed."""
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"


def signed(header: dict[str, Any], claims: Any, key: bytes) -> str:
    """A token signed with a key of the attacker's choice."""
    text = unsigned(header, claims)
    return f"{text}.{encoded(hmac.digest(key, text.encode(), hashlib.sha256))}"
