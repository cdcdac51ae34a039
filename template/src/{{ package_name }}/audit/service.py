"""What can be done with the audit trail: read it, and let what is older than its retention go."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ..core.actor import Actor
from ..core.audit import AuditEntry, audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions, remove_in_batches
from ..core.use_cases import use_case
from .entities import end_of_retention

READ = "audit:read"
PURGE = "audit:purge"


class AuditRepository(Protocol):
    """The trail in the database."""

    def record(self, entry: AuditEntry) -> None:
        """Store an entry."""
        ...

    def page(self, request: PageRequest) -> Page[AuditEntry]:
        """A page of entries. Sort: occurred_at. Filters: actor_id, action, object_id."""
        ...

    def remove(self, *, before: datetime, limit: int) -> int:
        """Remove the oldest entries from before a moment; returns how many.

        The database allows it only after an entry with a ``purged_before`` that is not earlier.
        """
        ...


class AuditWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def audit(self) -> AuditRepository:
        """The trail in the database."""
        ...


class AuditService:
    """Use cases of the audit trail.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        retention: how long entries are kept.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[AuditWork],
        policy: Policy,
        clock: Clock,
        retention: timedelta,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._retention = retention

    @use_case("audit.list", changes=False)
    def list_entries(self, *, actor: Actor, request: PageRequest) -> Page[AuditEntry]:
        """A page of entries.

        Raises:
            Forbidden: the actor may not read the trail.
        """
        authorise(self._policy, actor, READ)
        with self._transactions.reading() as work:
            return work.audit.page(request)

    @use_case("audit.purge", changes=True)
    def purge(self, *, actor: Actor) -> int:
        """Remove the entries that are older than the retention, and leave one that says so.

        Raises:
            Forbidden: the actor may not purge the trail.

        Returns:
            How many were removed.
        """
        authorise(self._policy, actor, PURGE)
        now = self._clock.now()
        before = end_of_retention(now=now, retention=self._retention)
        entry = audit_entry(
            "audit.purge",
            actor=actor,
            now=now,
            subject=("audit_entries", None),
            after={"purged_before": before},
        )
        with self._transactions.writing() as work:
            work.audit.record(replace(entry, purged_before=before))
        return remove_in_batches(
            self._transactions, lambda work, limit: work.audit.remove(before=before, limit=limit)
        )
