"""How each operation is asked well, and how it is brought to a conflict; one module for each slice.

A module has `VALID` and, if its operations can conflict, `CONFLICTING`: method and path template to a
function that prepares what the request needs and returns it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tests.blackbox.client import Api

UNKNOWN_ID = "0192f0c1-2345-7000-8000-000000000000"


@dataclass(frozen=True)
class Call:
    """A request that is ready to be sent."""

    path: str
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def arguments(self) -> dict[str, Any]:
        """All but the path, for the client."""
        body = {"content": self.content} if self.json is None else {"json": self.json}
        return {"headers": self.headers, "params": self.query, **body}


Key = tuple[str, str]
Prepared = dict[Key, Callable[[Api], Call]]


def collected(name: str) -> Prepared:
    """What the modules of this package say under a name, together."""
    found: Prepared = {}
    for module in pkgutil.iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), name, {})
    return found
