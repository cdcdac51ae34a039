"""The SQL that a service ran."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Run = Callable[..., list[dict[str, Any]]]
"""Runs a statement, with parameters in the driver's own form if there are any, and gives its rows."""


@dataclass
class Statements:
    """The statements so far, with their parameters as a :data:`Run` takes them."""

    run: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The statements, each in one line."""
        return [" ".join(text.split()) for text, _ in self.run]

    @property
    def reads(self) -> list[str]:
        """The queries among them."""
        return [text for text in self.texts if text.upper().startswith("SELECT")]

    def note(self, statement: str, parameters: Any) -> None:
        """Add one, unless it begins a transaction."""
        if not statement.upper().startswith("BEGIN"):
            self.run.append((statement, parameters))

    def clear(self) -> None:
        """Forget them."""
        self.run.clear()
