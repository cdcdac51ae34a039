"""The audit trail in the database: the only place with queries about it."""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from ..core.audit import AuditEntry
from ..core.keyset import PagedQuery
from ..core.pagination import Page, PageRequest
from .models import AuditEntryRow as Row

_FIELDS = [field.name for field in fields(AuditEntry)]
# Built once: a statement takes longer to build than to run.
_LIST = PagedQuery(
    select(*(getattr(Row, name) for name in _FIELDS)),
    sortable={"occurred_at": Row.occurred_at},
    filters={
        "actor_id": Row.actor_id == bindparam("actor_id"),
        "action": Row.action == bindparam("action"),
        "object_id": Row.object_id == bindparam("object_id"),
    },
    identifier=Row.id,
)
_OLDEST = (
    select(Row.id)
    .where(Row.occurred_at < bindparam("before"))
    .order_by(Row.occurred_at, Row.id)
    .limit(bindparam("most"))
)


def _entity(row: Iterable[Any]) -> AuditEntry:
    values = dict(zip(_FIELDS, row, strict=True))
    loaded = {name: json.loads(values[name]) for name in ("before", "after")}
    return AuditEntry(**{**values, **loaded})


class SqlAuditRepository:
    """Entries by SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, entry: AuditEntry) -> None:
        """One statement."""
        values = {name: getattr(entry, name) for name in _FIELDS}
        texts = {name: json.dumps(values[name]) for name in ("before", "after")}
        self._connection.execute(insert(Row).values({**values, **texts}))

    def page(self, request: PageRequest) -> Page[AuditEntry]:
        """One statement, with a limit."""
        rows = self._connection.execute(*_LIST.one_page(request)).all()
        return Page.from_rows(
            request, [_entity(row) for row in rows], lambda entry: entry.occurred_at
        )

    def remove(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        found = self._connection.scalars(_OLDEST, {"before": before, "most": limit}).all()
        if not found:
            return 0
        return self._connection.execute(delete(Row).where(Row.id.in_(found))).rowcount
