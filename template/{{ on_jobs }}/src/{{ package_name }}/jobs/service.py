"""What can be done with jobs: follow one's own, and look after those that were given up."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import AuditLog, audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.jobs import Job, JobStatus
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions, remove_in_batches
from ..core.use_cases import use_case
from .entities import JobNotDead, JobNotFound

READ_OWN = "jobs:read"
MANAGE = "jobs:manage"
PURGE = "jobs:purge"


class JobRepository(Protocol):
    """Jobs in the database."""

    def find(self, job_id: UUID) -> Job | None:
        """One job."""
        ...

    def dead_page(self, request: PageRequest) -> Page[Job]:
        """A page of the jobs that were given up. Sort: finished_at. Filter: kind."""
        ...

    def replay(self, job_id: UUID, *, now: datetime) -> bool:
        """Have a job that was given up tried anew; tells whether it was one."""
        ...

    def remove_dead(self, job_id: UUID) -> bool:
        """Remove a job that was given up; tells whether it was one."""
        ...

    def remove_succeeded(self, *, before: datetime, limit: int) -> int:
        """Remove jobs that succeeded before a moment; returns how many."""
        ...


class JobsWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def jobs(self) -> JobRepository:
        """Jobs in the database."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The trail of sensitive operations."""
        ...


class JobService:
    """Use cases of jobs.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        retention: how long jobs that succeeded are kept.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[JobsWork],
        policy: Policy,
        clock: Clock,
        retention: timedelta,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._retention = retention

    @use_case("jobs.get", changes=False)
    def get_job(self, *, actor: Actor, job_id: UUID) -> Job:
        """One's own job.

        Raises:
            Forbidden: the actor may not read jobs.
            JobNotFound: there is none, or it is somebody else's.
        """
        authorise(self._policy, actor, READ_OWN)
        with self._transactions.reading() as work:
            job = work.jobs.find(job_id)
        if job is None or job.actor_id != actor.id:
            raise JobNotFound
        return job

    @use_case("jobs.list_dead", changes=False)
    def list_dead_jobs(self, *, actor: Actor, request: PageRequest) -> Page[Job]:
        """A page of the jobs that were given up.

        Raises:
            Forbidden: the actor may not manage jobs.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.reading() as work:
            return work.jobs.dead_page(request)

    @use_case("jobs.replay", changes=True)
    def replay_job(self, *, actor: Actor, job_id: UUID) -> Job:
        """Have a job that was given up tried anew, with as many attempts as a new one.

        Raises:
            Forbidden: the actor may not manage jobs.
            JobNotFound: there is none.
            JobNotDead: it was not given up.
        """
        authorise(self._policy, actor, MANAGE)
        now = self._clock.now()
        with self._transactions.writing() as work:
            job = _given_up(work.jobs.find(job_id))
            if not work.jobs.replay(job_id, now=now):
                raise JobNotDead
            _record(work, actor, "jobs.replay", job, now)
            replayed = work.jobs.find(job_id)
        if replayed is None:
            raise JobNotFound
        return replayed

    @use_case("jobs.delete", changes=True)
    def delete_job(self, *, actor: Actor, job_id: UUID) -> None:
        """Remove a job that was given up. What it was to do is never done.

        Raises:
            Forbidden: the actor may not manage jobs.
            JobNotFound: there is none.
            JobNotDead: it was not given up.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.writing() as work:
            job = _given_up(work.jobs.find(job_id))
            if not work.jobs.remove_dead(job_id):
                raise JobNotDead
            _record(work, actor, "jobs.delete", job, self._clock.now())

    @use_case("jobs.purge", changes=True)
    def purge(self, *, actor: Actor) -> int:
        """Remove the jobs that succeeded longer ago than the retention; returns how many.

        Raises:
            Forbidden: the actor may not purge jobs.
        """
        authorise(self._policy, actor, PURGE)
        before = self._clock.now() - self._retention
        return remove_in_batches(
            self._transactions,
            lambda work, limit: work.jobs.remove_succeeded(before=before, limit=limit),
        )


def _given_up(job: Job | None) -> Job:
    """The job, as one that may be replayed or deleted."""
    if job is None:
        raise JobNotFound
    if job.status is not JobStatus.DEAD:
        raise JobNotDead
    return job


def _record(work: JobsWork, actor: Actor, action: str, job: Job, now: datetime) -> None:
    """What it was given is not recorded: that may be personal."""
    facts = {"kind": job.kind, "attempts": job.attempts, "error": job.error}
    work.audit.record(
        audit_entry(action, actor=actor, now=now, subject=("job", job.id), before=facts)
    )
