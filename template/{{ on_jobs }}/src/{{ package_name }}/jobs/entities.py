"""What can be wrong with a job that somebody asks about."""

from ..core.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """There is no such job, or it is somebody else's."""

    code = "job.not_found"
    message = "There is no such job."


class JobNotDead(Conflict):
    """Only a job that was given up is replayed or deleted.

    >>> JobNotDead().status
    409
    """

    code = "job.not_dead"
    message = "The job was not given up."
