"""Readiness in its own bounded time, whatever the components do."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache

from ..core.health import READINESS_SECONDS, Health, Readiness


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads of their own, made when first needed: a server forks its processes before that."""
    return ThreadPoolExecutor(2, "health")


def readiness_in_time(health: Health) -> Readiness:
    """What the components say, or that they did not answer in time."""
    asked = _threads().submit(copy_context().run, health.readiness)
    try:
        return asked.result(READINESS_SECONDS)
    except TimeoutError:
        asked.cancel()
        return health.timed_out()
