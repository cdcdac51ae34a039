"""How often somebody may ask, and what they are told about it.

With a Redis (``CACHE_URL``) all processes of the service count together. Without one, or while it is away, each counts
for itself: then a caller gets a budget from every process, which is more than was meant and far from unlimited. The
other choices are worse: letting everything through invites the very flood that may have taken Redis down, and refusing
everything lets a cache decide whether the service works.
"""

import hmac
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import Protocol

import structlog

from .errors import TooManyRequests
from .health import NotReady
from .metrics import LIMIT_FALLBACKS
from .windows import Count, MemoryWindows, Rate, Windows, WindowsAway

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 3.0
"""How long shared windows that did not answer are left alone. Then one request tries again; the others go on being
counted in memory until it has succeeded."""


class Budget(Enum):
    """What is spent: each kind of request has a budget of its own."""

    DEFAULT = "default"
    AUTH = "auth"


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a budget is left.

    Attributes:
        limit: requests that fit into the window.
        remaining: how many more of them fit into it now.
        resets_in_seconds: when the oldest of those in it leaves, and makes room for another.
    """

    limit: int
    remaining: int
    resets_in_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """For the answer (draft-ietf-httpapi-ratelimit-headers-06)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.resets_in_seconds),
        }


class SharedWindows(Windows, Protocol):
    """Windows that are kept elsewhere, for several processes."""

    def check(self) -> None:
        """Raise :class:`~.windows.WindowsAway` if nobody answers there."""

    def close(self) -> None:
        """Release the connections."""


class Limits:
    """The budgets of all callers.

    Args:
        rates: of each budget.
        secret: hides in the keys who they belong to: an email address is in none, and cannot be found by trying.
        shared: where processes count together; ``None``: each counts for itself.
        now: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        rates: Mapping[Budget, tuple[Rate, ...]],
        *,
        secret: bytes,
        shared: SharedWindows | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = dict(rates)
        self._secret = secret
        self._shared = shared
        self._local = MemoryWindows(now=now)
        self._now = now
        self._guard = Lock()
        self._is_away = False
        self._asked_again_at = 0.0

    @property
    def is_local(self) -> bool:
        """Whether :meth:`spend` never leaves the process, so that a coroutine may call it."""
        return self._shared is None

    def spend(self, budget: Budget, *key: str) -> Standing:
        """Take one request out of a budget.

        Args:
            budget: which one.
            key: whose, and for what: the parts of it in a fixed order. They are not kept as they are.

        Returns:
            What is left of it; of several windows, in the one that is nearest to its end.

        Raises:
            TooManyRequests: nothing was left. This request counts for nothing.
        """
        message = f"rate limit\n{json.dumps(key)}".encode()
        name = f"{budget.value}:{hmac.digest(self._secret, message, 'sha256').hex()}"
        counts = self._counts(name, self._rates[budget])
        rate, count = min(
            counts, key=lambda found: (found[0].limit - found[1].used, -found[0].seconds)
        )
        granted = counts[-1][1].granted
        standing = Standing(
            limit=rate.limit,
            remaining=rate.limit - count.used if granted else 0,
            # Sums of floats, and clocks of several machines, may come out a little beyond the window.
            resets_in_seconds=min(rate.seconds, max(1, math.ceil(count.frees_in_seconds))),
        )
        if not granted:
            wait = {"Retry-After": str(standing.resets_in_seconds)}
            raise TooManyRequests(headers={**wait, **standing.headers})
        return standing

    def check(self) -> None:
        """Whether processes count together as they should.

        Raises:
            NotReady: they cannot at the moment.
        """
        if self._shared is None:
            return
        try:
            self._shared.check()
        except WindowsAway as error:
            raise NotReady("does not answer; each process counts for itself") from error

    def close(self) -> None:
        """Release what is held."""
        if self._shared is not None:
            self._shared.close()

    def _counts(self, name: str, rates: tuple[Rate, ...]) -> list[tuple[Rate, Count]]:
        if self._shared is None:
            return _take(self._local, name, rates)
        if self._may_ask():
            try:
                found = _take(self._shared, name, rates)
            except WindowsAway as error:
                self._lose(error)
            else:
                self._regain()
                return found
        LIMIT_FALLBACKS.inc()
        return _take(self._local, name, rates)

    def _may_ask(self) -> bool:
        """Whether it is this request's turn to find out if the shared windows are there."""
        with self._guard:
            if not self._is_away:
                return True
            if self._now() < self._asked_again_at:
                return False
            self._asked_again_at = self._now() + PAUSE_SECONDS
            return True

    def _lose(self, reason: WindowsAway) -> None:
        with self._guard:
            is_news = not self._is_away
            self._is_away = True
            self._asked_again_at = self._now() + PAUSE_SECONDS
        if is_news:
            log.warning("limits.shared_windows_lost", reason=type(reason.__cause__).__name__)

    def _regain(self) -> None:
        with self._guard:
            is_news = self._is_away
            self._is_away = False
        if is_news:
            log.info("limits.shared_windows_back")


def _take(windows: Windows, name: str, rates: tuple[Rate, ...]) -> list[tuple[Rate, Count]]:
    """Take from each window, the shortest first, until one is full: a flood does not eat up the long ones."""
    found = []
    for rate in rates:
        count = windows.take(f"{name}:{rate.seconds}", rate)
        found.append((rate, count))
        if not count.granted:
            break
    return found
