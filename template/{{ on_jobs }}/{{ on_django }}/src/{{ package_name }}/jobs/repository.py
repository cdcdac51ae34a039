"""Jobs in the database: the only place with queries about them."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet

from ..core.database import Connection
from ..core.encryption import Cipher, Unreadable
from ..core.identifiers import new_id
from ..core.job_ledger import Attempt, Backlog, Handover
from ..core.jobs import WAITING, Job, JobStatus
from ..core.keyset import one_page
from ..core.pagination import Page, PageRequest
from .models import JobRow, JobScheduleRow

_PAYLOAD = "jobs.payload"
_FIELDS = tuple(field.name for field in fields(Job))
_SORTABLE = frozenset({"finished_at"})
_WAITS = Q(status__in=sorted(WAITING))
_DEAD = Q(status=JobStatus.DEAD)


class SqlJobRepository:
    """Jobs by Django's ORM, their payloads encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, job: Job) -> None:
        """One statement."""
        values = {name: getattr(job, name) for name in _FIELDS}
        values |= {
            "payload": self._cipher.encrypt(job.payload, place=_PAYLOAD),
            "hand_over_at": job.due_at,
            "handovers": 0,
        }
        self._all().bulk_create([JobRow(**values)], ignore_conflicts=job.key is not None)

    def to_hand_over(self, *, now: datetime, limit: int) -> Sequence[Handover]:
        """One statement for each status; rows that another relay holds are left out where the engine can.

        Of two at once, no index gives the oldest without reading them all.
        """
        found: list[tuple[Any, ...]] = []
        for status in sorted(WAITING):
            due = self._all().filter(status=status, hand_over_at__lte=now).order_by("hand_over_at")
            rows = due.select_for_update(skip_locked=True)
            found += rows.values_list("hand_over_at", "id", "kind", "handovers")[:limit]
        found.sort(key=itemgetter(0))
        return [Handover(*row) for _, *row in found[:limit]]

    def handed_over(self, job_ids: Sequence[UUID], *, again_at: datetime) -> None:
        """One statement."""
        self._all().filter(id__in=job_ids).update(
            hand_over_at=again_at, handovers=F("handovers") + 1
        )

    def begin(self, job_id: UUID, *, now: datetime, lease: timedelta) -> Job | None:
        """Three statements. The first waits for the relay that is handing the job over.

        An update with the same conditions would not: a row that does not meet them yet is not waited for.
        """
        one = self._all().filter(id=job_id)
        found = one.select_for_update().values_list("status", "handovers").first()
        if found is None or found[0] not in WAITING or not found[1]:
            return None
        one.update(
            status=JobStatus.RUNNING,
            attempts=F("attempts") + 1,
            progress=0,
            started_at=now,
            lease_until=now + lease,
        )
        return self.find(job_id)

    def renew(
        self, attempt: Attempt, *, now: datetime, lease: timedelta, percent: int | None = None
    ) -> bool:
        """One statement."""
        progress = {} if percent is None else {"progress": percent}
        return self._write(attempt, lease_until=now + lease, **progress)

    def succeed(
        self, attempt: Attempt, *, now: datetime, result: str | None, duration_ms: int
    ) -> bool:
        """One statement."""
        return self._write(
            attempt,
            status=JobStatus.SUCCEEDED,
            progress=100,
            result=result,
            error=None,
            lease_until=None,
            finished_at=now,
            duration_ms=duration_ms,
        )

    def fail(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        error: str,
        duration_ms: int,
        due_at: datetime | None,
    ) -> bool:
        """One statement."""
        after: dict[str, Any] = (
            {"status": JobStatus.DEAD, "finished_at": now}
            if due_at is None
            else {
                "status": JobStatus.FAILED,
                "due_at": due_at,
                "hand_over_at": due_at,
                "handovers": 0,
            }
        )
        return self._write(attempt, error=error, duration_ms=duration_ms, lease_until=None, **after)

    def lost(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """One statement; rows that another relay holds are left out where the engine can."""
        silent = self._all().filter(status=JobStatus.RUNNING, lease_until__lt=now)
        rows = silent.order_by("lease_until").select_for_update(skip_locked=True)
        return self._entities(rows[:limit])

    def backlog(self, *, now: datetime) -> Sequence[Backlog]:
        """One statement."""
        counted = (
            self._all()
            .filter(_DEAD | (_WAITS & Q(due_at__lte=now)))
            .values("kind")
            .annotate(
                waiting=Count("id", filter=_WAITS),
                oldest=Min("due_at", filter=_WAITS),
                given_up=Count("id", filter=_DEAD),
            )
        )
        return [
            Backlog(*row) for row in counted.values_list("kind", "waiting", "oldest", "given_up")
        ]

    def remove_succeeded(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        old = self._all().filter(status=JobStatus.SUCCEEDED, finished_at__lt=before)
        oldest = list(old.order_by("finished_at", "id").values_list("id", flat=True)[:limit])
        removed, _ = self._all().filter(id__in=oldest).delete()
        return removed

    def find(self, job_id: UUID) -> Job | None:
        """One statement."""
        found = self._entities(self._all().filter(id=job_id))
        return found[0] if found else None

    def dead_page(self, request: PageRequest) -> Page[Job]:
        """One statement, with a limit."""
        rows = self._all().filter(_DEAD)
        if "kind" in request.filters:
            rows = rows.filter(kind=request.filters["kind"])
        found = self._entities(one_page(rows, request, sortable=_SORTABLE))
        return Page.from_rows(request, found, _finished_at)

    def replay(self, job_id: UUID, *, now: datetime) -> bool:
        """One statement."""
        changed = (
            self._all()
            .filter(_DEAD, id=job_id)
            .update(
                status=JobStatus.QUEUED,
                attempts_before=F("attempts"),
                progress=0,
                due_at=now,
                hand_over_at=now,
                handovers=0,
                finished_at=None,
            )
        )
        return changed == 1

    def remove_dead(self, job_id: UUID) -> bool:
        """One statement."""
        removed, _ = self._all().filter(_DEAD, id=job_id).delete()
        return removed == 1

    def _all(self) -> QuerySet[JobRow]:
        return JobRow.objects.using(self._connection.alias)

    def _write(self, attempt: Attempt, **values: Any) -> bool:
        """Change the job if the attempt is still the present one."""
        present = self._all().filter(
            id=attempt.job_id, status=JobStatus.RUNNING, attempts=attempt.number
        )
        return present.update(**values) == 1

    def _entities(self, rows: "QuerySet[JobRow, Any]") -> list[Job]:
        return [self._entity(row) for row in rows.values_list(*_FIELDS)]

    def _entity(self, row: Iterable[Any]) -> Job:
        values = dict(zip(_FIELDS, row, strict=True))
        return Job(
            **{
                **values,
                "status": JobStatus(values["status"]),
                "payload": self._readable(values["payload"]),
            }
        )

    def _readable(self, stored: str) -> str:
        """A payload. One whose key is gone fits no kind: its job is given up, and holds up no other."""
        try:
            return self._cipher.decrypt(stored, place=_PAYLOAD)
        except Unreadable:
            return ""


class SqlScheduleStore:
    """Schedules by Django's ORM."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due_at(self, name: str, *, otherwise: datetime) -> datetime:
        """One statement, and two more for a schedule that is new.

        An insert that finds its row locks it in some engines: two of them, each about to move it on, would wait for
        each other.
        """
        wanted = self._of(name).values_list("due_at", flat=True)
        found: datetime | None = wanted.first()
        if found is not None:
            return found
        new = JobScheduleRow(id=new_id(), name=name, due_at=otherwise)
        self._all().bulk_create([new], ignore_conflicts=True)
        return wanted.get()

    def move(self, name: str, *, due_at: datetime, to: datetime) -> bool:
        """One statement. It waits for another scheduler that is moving the same one."""
        return self._of(name).filter(due_at=due_at).update(due_at=to) == 1

    def _all(self) -> QuerySet[JobScheduleRow]:
        return JobScheduleRow.objects.using(self._connection.alias)

    def _of(self, name: str) -> QuerySet[JobScheduleRow]:
        return self._all().filter(name=name)


def _finished_at(job: Job) -> datetime:
    """When a job was given up: the order in which those are listed."""
    return job.finished_at or job.created_at
