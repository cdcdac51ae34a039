"""How each operation is asked well, how it is brought to a conflict, and who may ask; one module for each slice.

A module has `VALID` and, if its operations can conflict, `CONFLICTING`: method and path template to a
function that prepares what the request needs and returns it. It is given an administrator, who may do
everything and whom everything that is made belongs to. `UNAUTHENTICATED` is the same for operations that
need no credentials, and yet refuse some callers as unknown. `ACCESS` says who may do what.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tests.blackbox.client import Api

EVERYBODY = frozenset({"customer", "staff", "admin"})
STAFF = frozenset({"staff", "admin"})
ADMIN = frozenset({"admin"})


@dataclass(frozen=True)
class Access:
    """Who may do an operation.

    Attributes:
        permission: the one it needs; without one it is open to everybody, also to those without credentials.
        roles: those that come with the permission.
        others: the roles that may do it with what belongs to somebody else, where that makes a difference.
        besides: permissions that what it is about needs, too.
        by_key: whether it may be done with an API key. People manage logins, passwords and keys themselves.
    """

    permission: str | None = None
    roles: frozenset[str] = EVERYBODY
    others: frozenset[str] = EVERYBODY
    besides: frozenset[str] = frozenset()
    by_key: bool = True


PUBLIC = Access()


@dataclass(frozen=True)
class Call:
    """A request that is ready to be sent.

    Attributes:
        ends_login: whether it ends the login of the caller who sends it.
    """

    path: str
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    ends_login: bool = False

    def arguments(self) -> dict[str, Any]:
        """All but the path, for the client."""
        body = {"content": self.content} if self.json is None else {"json": self.json}
        return {"headers": self.headers, "params": self.query, **body}


Key = tuple[str, str]
Prepared = dict[Key, Callable[[Api], Call]]


def collected(name: str) -> dict[Key, Any]:
    """What the modules of this package say under a name, together."""
    found: dict[Key, Any] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), name, {})
    return found
