"""The audit trail in the database: the only place with queries about it."""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ..core.audit import AuditEntry
from ..core.database import Connection
from ..core.keyset import one_page
from ..core.pagination import Page, PageRequest
from .models import AuditEntryRow

_FIELDS = tuple(field.name for field in fields(AuditEntry))
_FILTERS = ("actor_id", "action", "object_id")
_SORTABLE = frozenset({"occurred_at"})


class SqlAuditRepository:
    """Entries by Django's ORM."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, entry: AuditEntry) -> None:
        """One statement."""
        values = {name: getattr(entry, name) for name in _FIELDS}
        texts = {name: json.dumps(values[name]) for name in ("before", "after")}
        self._all().bulk_create([AuditEntryRow(**{**values, **texts})])

    def page(self, request: PageRequest) -> Page[AuditEntry]:
        """One statement, with a limit."""
        given = {name: request.filters[name] for name in _FILTERS if name in request.filters}
        found = one_page(self._all().filter(**given), request, sortable=_SORTABLE)
        return Page.from_rows(
            request,
            [_entity(row) for row in found.values_list(*_FIELDS)],
            lambda entry: entry.occurred_at,
        )

    def remove(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        old = self._all().filter(occurred_at__lt=before).order_by("occurred_at", "id")
        oldest = list(old.values_list("id", flat=True)[:limit])
        removed, _ = self._all().filter(id__in=oldest).delete()
        return removed

    def _all(self) -> QuerySet[AuditEntryRow]:
        return AuditEntryRow.objects.using(self._connection.alias)


def _entity(row: Iterable[Any]) -> AuditEntry:
    values = dict(zip(_FIELDS, row, strict=True))
    loaded = {name: json.loads(values[name]) for name in ("before", "after")}
    return AuditEntry(**{**values, **loaded})
