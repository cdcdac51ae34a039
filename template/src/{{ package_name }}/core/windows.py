"""Windows of time that move with the clock, and how much was asked for within them.

Whoever asks is known here by a key and no more. What happened longer ago than the window is forgotten, moment by
moment: there is no instant at which a whole budget comes back, and so none to wait for and rush in.
"""

import re
import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

MOST_IN_A_WINDOW = 100_000
"""Every request is remembered for as long as the window, so a budget has to be finite."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(rf"([1-9][0-9]{{0,5}}) ?/ ?({'|'.join(_SECONDS)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests are allowed in how many seconds."""

    limit: int
    seconds: int


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Read rates as settings have them, the shortest window first.

    >>> parse_rates("2000/hour; 100/minute")
    (Rate(limit=100, seconds=60), Rate(limit=2000, seconds=3600))

    Raises:
        ValueError: the text holds something else; the message says what is expected.
    """
    found = []
    for part in text.split(";"):
        match = _RATE.fullmatch(part.strip())
        if match is None or int(match[1]) > MOST_IN_A_WINDOW:
            raise ValueError(
                "give rates like '100/minute' or '100/minute;2000/hour': a number from 1 to "
                f"{MOST_IN_A_WINDOW}, and one of {', '.join(_SECONDS)}"
            )
        found.append(Rate(int(match[1]), _SECONDS[match[2]]))
    return tuple(sorted(found, key=lambda rate: rate.seconds))


@dataclass(frozen=True, slots=True)
class Count:
    """What a window holds after one more was asked for.

    Attributes:
        granted: whether there was room for it.
        used: how many are in the window.
        frees_in_seconds: when the oldest of them leaves it.
    """

    granted: bool
    used: int
    frees_in_seconds: float


class Windows(Protocol):
    """Keeps windows."""

    def take(self, key: str, rate: Rate) -> Count:
        """Ask for one more; what is not granted is not counted.

        Args:
            key: whose window.
            rate: how much fits into it. The same key always comes with the same rate.

        Raises:
            WindowsAway: they are kept elsewhere, and nobody answers there.
        """


class WindowsAway(Exception):
    """Whoever keeps the windows does not answer."""


class MemoryWindows:
    """Windows of this process alone.

    The library's own memory never forgets a key and starts a thread to look through all of them; callers choose
    their addresses, so here the keys that were used least recently make room.

    Args:
        most_keys: how many are kept.
        now: seconds on a clock that never goes back.
    """

    def __init__(
        self, *, most_keys: int = 50_000, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_keys = most_keys
        self._now = now
        self._moments: OrderedDict[str, array[float]] = OrderedDict()
        self._guard = Lock()

    def take(self, key: str, rate: Rate) -> Count:
        """Ask for one more."""
        with self._guard:
            now = self._now()
            moments = self._moments.setdefault(key, array("d"))
            self._moments.move_to_end(key)
            if len(self._moments) > self._most_keys:
                self._moments.popitem(last=False)
            del moments[: bisect_right(moments, now - rate.seconds)]
            granted = len(moments) < rate.limit
            if granted:
                moments.append(now)
            return Count(granted, len(moments), moments[0] + rate.seconds - now)
