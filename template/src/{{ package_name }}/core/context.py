"""What belongs to the request in hand, wherever in the code it is needed: in log lines, above all."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

from .identifiers import new_id

_NONE: Mapping[str, str] = MappingProxyType({})

request_id_var: ContextVar[str | None] = ContextVar("request_id", default=None)
user_id_var: ContextVar[str | None] = ContextVar("user_id", default=None)
limit_headers_var: ContextVar[Mapping[str, str]] = ContextVar("limit_headers", default=_NONE)
client_address_var: ContextVar[str | None] = ContextVar("client_address", default=None)

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def accept_request_id(candidate: str | None) -> str:
    """The caller's request id if it is well-formed (1 to 64 of ``A-Za-z0-9._-``), else a new one.

    >>> accept_request_id("checkout-4711")
    'checkout-4711'
    >>> accept_request_id("no blanks, please") == "no blanks, please"
    False
    """
    if candidate is not None and _WELL_FORMED.fullmatch(candidate):
        return candidate
    return str(new_id())
