"""The queue, as the relay and workers see it: it wakes a worker up, and nothing hangs on what it forgets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from .errors import Unavailable

log = structlog.get_logger("worker")

Attempt = Callable[[UUID], object]
"""Makes an attempt at a job."""
Start = Callable[[], AbstractContextManager[Attempt]]
"""Sets up what makes attempts, in each process of a worker."""

STOPPING = "running jobs are finished first; SIGINT once more ends them"
"""What a worker says when it was told to stop."""


def server_of(url: str) -> str:
    """Where the broker of a URL is, without what opens it.

    >>> server_of("redis://user:password@queue.internal:6380/1")
    'queue.internal:6380'
    """
    return urlsplit(url).netloc.rpartition("@")[2]


class QueueAway(Exception):
    """The broker does not answer, or refuses. The jobs stay where they are, in the database."""


class QueueRefused(QueueAway):
    """The broker answers that this URL or its credentials will not do, so waiting does not help. It says why."""


class Queue(Protocol):
    """Tells workers of jobs."""

    def send(self, job_id: UUID) -> None:
        """Have a worker try a job.

        Raises:
            QueueAway: nobody was told.
        """
        ...

    def check(self) -> None:
        """Ask whether the broker is there.

        Raises:
            QueueRefused: it is, but not for this service.
            QueueAway: it is not.
        """
        ...

    def close(self) -> None:
        """Release the connections."""
        ...


def deliver(job_id: str, attempt: Attempt) -> None:
    """Make an attempt at the job that a message names. If none could be made, the relay tells of it again.

    The library that carries the message hears of no error: what follows from one is not its business.
    """
    problem = None
    try:
        attempt(UUID(job_id))
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker goes on
        problem = error
    if isinstance(problem, Unavailable):
        log.warning("job.not_begun", job_id=job_id)
    elif problem is not None:
        log.error("job.not_begun", job_id=job_id, exc_info=problem)
