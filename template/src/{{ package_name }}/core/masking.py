"""What must not be shown, by the name of a field and by the look of a text: for logs and for the audit trail."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

MASK = "[redacted]"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|authorization|cookie|(api|private)[-_]?key|credential|dsn|hash$"
    # The columns whose names say less: `tests/rules/test_columns.py` compares this with the models.
    r"|^(data|fingerprint|object_repr|session_key|session_data)$"
    r"|(^|_)(e?mail|phone|address|first_name|last_name|full_name|birth(day|date)?|iban|card(_number)?|cvv|ssn)$",
    re.IGNORECASE,
)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
_SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*"), MASK),
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), MASK),
    (
        re.compile(
            r"(?i)\b((?:password|passwd|secret|token|api[-_]?key)[\"']?\s*[=:]\s*)[\"']?[^\s\"'&,;}]+"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    # Numbers of cards. An identifier may look like one: a UUID, or what follows a piece of it, is none.
    (re.compile(rf"\b(?<![0-9a-fA-F]{{4}}-)(?!{_UUID})(?:\d[ -]?){{13,18}}\d\b"), MASK),
)


def redacted(name: str, value: Any) -> Any:
    """A value as it may be shown under this name."""
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {str(key): redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted("", item) for item in value]
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
    return value


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, with nothing secret or personal among them, as JSON can hold them.

    >>> masked({"password_hash": "$argon2id$...", "stock": 3})
    {'password_hash': '[redacted]', 'stock': 3}
    """
    return {name: _plain(redacted(name, value)) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value
