"""Prometheus metrics: what is measured, and how it is read out.

Labels have few values: a route is its template, never the address that was called.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.values import MutexValue, ValueClass

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

CONTENT_TYPE = CONTENT_TYPE_LATEST
UNMATCHED_ROUTE = "unmatched"

HTTP_REQUESTS = Counter(
    "http_requests", "Requests answered, by outcome.", ["method", "route", "status"]
)
HTTP_DURATION = Histogram(
    "http_request_duration_seconds",
    "Time to answer a request.",
    ["method", "route"],
    buckets=_SECONDS,
)
HTTP_FAILURES = Counter(
    "http_unhandled_errors", "Requests that ended in an error nobody expected.", ["method", "route"]
)
USE_CASE_DURATION = Histogram(
    "use_case_duration_seconds", "Time a use case took.", ["use_case", "outcome"], buckets=_SECONDS
)
STATEMENT_DURATION = Histogram(
    "database_statement_duration_seconds", "Time a statement took.", ["operation"], buckets=_SECONDS
)
SLOW_STATEMENTS = Counter("database_slow_statements", "Statements over the slow query threshold.")
CONNECTIONS_IN_USE = Gauge(
    "database_connections_in_use",
    "Connections handed out by the pool.",
    multiprocess_mode="livesum",
)
LIMIT_FALLBACKS = Counter(
    "rate_limit_fallbacks", "Budgets counted by one process alone, because the cache is away."
)
BUILD_INFO = Gauge(
    "build_info",
    "Always 1; the labels say what runs.",
    ["service", "version"],
    multiprocess_mode="max",
)


def shared_directory(directory: Path | None) -> dict[str, str]:
    """Prepare an empty directory in which several server processes add up their metrics.

    Returns:
        The environment variables that the processes must be started with.
    """
    path = directory or Path(tempfile.mkdtemp(prefix=_temporary_name()))
    path.mkdir(parents=True, exist_ok=True)
    for leftover in path.glob("*.db"):
        leftover.unlink()
    return {"PROMETHEUS_MULTIPROC_DIR": str(path)}


@contextmanager
def temporary_directory_removed() -> Iterator[None]:
    """At the end of the block, remove the directory that this process has prepared without being given its name.

    It is known by the number of the process, which stays the same when the process begins anew to use it.
    """
    try:
        yield
    finally:
        for path in Path(tempfile.gettempdir()).glob(f"{_temporary_name()}*"):
            shutil.rmtree(path, ignore_errors=True)


def _temporary_name() -> str:
    return f"metrics-{os.getpid()}-"


def is_shared() -> bool:
    """Whether this process adds its metrics to those of others. Settled when the library was imported."""
    return ValueClass is not MutexValue


def forget_process(pid: int) -> None:
    """Take a server process that has ended out of the sums of what is in use at the moment."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def exposition(*, shared: bool) -> bytes:
    """All metrics in the text format of Prometheus.

    Args:
        shared: read the sum over all server processes, not only this one's metrics.
    """
    if shared:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY)
