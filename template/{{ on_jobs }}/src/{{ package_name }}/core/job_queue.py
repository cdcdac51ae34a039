"""The queue, as the relay sees it: it wakes a worker up, and nothing hangs on what it forgets."""

from typing import Protocol
from uuid import UUID


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
