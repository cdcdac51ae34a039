"""Jobs in the database: the only place with queries about them."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from ..core.dialect import insert_or_skip
from ..core.encryption import Cipher, Unreadable
from ..core.job_ledger import Attempt, Backlog, Handover
from ..core.jobs import WAITING, Job, JobStatus
from ..core.keyset import PagedQuery
from ..core.pagination import Page, PageRequest
from .models import JobRow as Row
from .models import JobScheduleRow

_PAYLOAD = "jobs.payload"
_FIELDS = [field.name for field in fields(Job)]
_WAITS = Row.status.in_(sorted(WAITING))

# Built once: a statement takes longer to build than to run.
_JOBS = select(*(getattr(Row, name) for name in _FIELDS))
_JOB = _JOBS.where(Row.id == bindparam("id"))
_STANDING = select(Row.status, Row.handovers).where(Row.id == bindparam("id")).with_for_update()
_DEAD = PagedQuery(
    _JOBS.where(Row.status == JobStatus.DEAD),
    sortable={"finished_at": Row.finished_at},
    filters={"kind": Row.kind == bindparam("kind")},
    identifier=Row.id,
)
# For one status: of two, no index gives the oldest without reading them all.
_TO_HAND_OVER = (
    select(Row.hand_over_at, Row.id, Row.kind, Row.handovers)
    .where(Row.status == bindparam("status"), Row.hand_over_at <= bindparam("now"))
    .order_by(Row.hand_over_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LOST = (
    _JOBS.where(Row.status == JobStatus.RUNNING, Row.lease_until < bindparam("now"))
    .order_by(Row.lease_until)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_BACKLOG = (
    select(
        Row.kind,
        func.count(case((_WAITS, 1))),
        func.min(case((_WAITS, Row.due_at))),
        func.count(case((Row.status == JobStatus.DEAD, 1))),
    )
    .where((Row.status == JobStatus.DEAD) | (_WAITS & (Row.due_at <= bindparam("now"))))
    .group_by(Row.kind)
)
_OLD = (
    select(Row.id)
    .where(Row.status == JobStatus.SUCCEEDED, Row.finished_at < bindparam("before"))
    .order_by(Row.finished_at, Row.id)
    .limit(bindparam("most"))
)


class SqlJobRepository:
    """Jobs by SQL, their payloads encrypted."""

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
        into = insert(Row) if job.key is None else insert_or_skip(Row)
        self._connection.execute(into.values(values))

    def to_hand_over(self, *, now: datetime, limit: int) -> Sequence[Handover]:
        """One statement for each status; rows that another relay holds are left out where the engine can."""
        found = [
            row
            for status in sorted(WAITING)
            for row in self._connection.execute(
                _TO_HAND_OVER, {"status": status, "now": now, "most": limit}
            )
        ]
        found.sort(key=lambda row: row.hand_over_at)
        return [Handover(row.id, row.kind, row.handovers) for row in found[:limit]]

    def handed_over(self, job_ids: Sequence[UUID], *, again_at: datetime) -> None:
        """One statement."""
        self._connection.execute(
            update(Row)
            .where(Row.id.in_(job_ids))
            .values(hand_over_at=again_at, handovers=Row.handovers + 1)
        )

    def begin(self, job_id: UUID, *, now: datetime, lease: timedelta) -> Job | None:
        """Three statements. The first waits for the relay that is handing the job over.

        An update with the same conditions would not: a row that does not meet them yet is not waited for.
        """
        found = self._connection.execute(_STANDING, {"id": job_id}).one_or_none()
        if found is None or found.status not in WAITING or not found.handovers:
            return None
        self._connection.execute(
            update(Row)
            .where(Row.id == job_id)
            .values(
                status=JobStatus.RUNNING,
                attempts=Row.attempts + 1,
                progress=0,
                started_at=now,
                lease_until=now + lease,
            )
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
        """One statement."""
        found = self._connection.execute(_LOST, {"now": now, "most": limit})
        return [self._entity(row) for row in found]

    def backlog(self, *, now: datetime) -> Sequence[Backlog]:
        """One statement."""
        return [Backlog(*row) for row in self._connection.execute(_BACKLOG, {"now": now})]

    def remove_succeeded(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        found = self._connection.scalars(_OLD, {"before": before, "most": limit}).all()
        if not found:
            return 0
        return self._connection.execute(delete(Row).where(Row.id.in_(found))).rowcount

    def find(self, job_id: UUID) -> Job | None:
        """One statement."""
        row = self._connection.execute(_JOB, {"id": job_id}).one_or_none()
        return None if row is None else self._entity(row)

    def dead_page(self, request: PageRequest) -> Page[Job]:
        """One statement, with a limit."""
        rows = self._connection.execute(*_DEAD.one_page(request)).all()
        return Page.from_rows(
            request,
            [self._entity(row) for row in rows],
            lambda job: job.finished_at or job.created_at,
        )

    def replay(self, job_id: UUID, *, now: datetime) -> bool:
        """One statement."""
        changed = self._connection.execute(
            update(Row)
            .where(Row.id == job_id, Row.status == JobStatus.DEAD)
            .values(
                status=JobStatus.QUEUED,
                attempts_before=Row.attempts,
                progress=0,
                due_at=now,
                hand_over_at=now,
                handovers=0,
                finished_at=None,
            )
        )
        return changed.rowcount == 1

    def remove_dead(self, job_id: UUID) -> bool:
        """One statement."""
        removed = self._connection.execute(
            delete(Row).where(Row.id == job_id, Row.status == JobStatus.DEAD)
        )
        return removed.rowcount == 1

    def _write(self, attempt: Attempt, **values: Any) -> bool:
        """Change the job if the attempt is still the present one."""
        changed = self._connection.execute(
            update(Row)
            .where(
                Row.id == attempt.job_id,
                Row.status == JobStatus.RUNNING,
                Row.attempts == attempt.number,
            )
            .values(**values)
        )
        return changed.rowcount == 1

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
    """Schedules by SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due_at(self, name: str, *, otherwise: datetime) -> datetime:
        """One statement, and two more for a schedule that is new.

        An insert that finds its row locks it in some engines: two of them, each about to move it on, would wait for
        each other.
        """
        wanted = select(JobScheduleRow.due_at).where(JobScheduleRow.name == name)
        found = self._connection.scalars(wanted).one_or_none()
        if found is not None:
            return found
        self._connection.execute(insert_or_skip(JobScheduleRow).values(name=name, due_at=otherwise))
        return self._connection.scalars(wanted).one()

    def move(self, name: str, *, due_at: datetime, to: datetime) -> bool:
        """One statement. It waits for another scheduler that is moving the same one."""
        moved = self._connection.execute(
            update(JobScheduleRow)
            .where(JobScheduleRow.name == name, JobScheduleRow.due_at == due_at)
            .values(due_at=to)
        )
        return moved.rowcount == 1
