"""The time, as something that can be handed in and so be stopped in a test."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC, to the microsecond: the precision that every engine keeps."""
        return datetime.now(UTC)
