"""Kept answers in the database, next to the work they belong to."""

import json
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from .database import Connection
from .encryption import Cipher
from .idempotency import Claim, KeptAnswer
from .models import IdempotencyKeyRow as Row

_DATA = "idempotency_keys.data"


class SqlIdempotencyStore:
    """Keeps answers in the table ``idempotency_keys``, their data encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def claim(self, claim: Claim, *, now: datetime, expires_at: datetime) -> KeptAnswer | None:
        """Insert the key's row. While another transaction holds it, this waits for its end."""
        self._of(claim).filter(expires_at__lte=now).delete()
        row = Row(
            caller=claim.caller, key=claim.key, fingerprint=claim.fingerprint, expires_at=expires_at
        )
        if self._inserted(row):
            return None
        fingerprint, status, stored, headers = (
            self._of(claim).values_list("fingerprint", "status", "data", "headers").get()
        )
        data = None if stored is None else self._cipher.decrypt(stored, place=_DATA)
        return KeptAnswer(
            fingerprint=fingerprint,
            status=status or 0,
            data=data,
            headers=json.loads(headers or "{}"),
        )

    def keep(self, claim: Claim, answer: KeptAnswer) -> None:
        """Fill the row that :meth:`claim` inserted."""
        data = answer.data
        stored = None if data is None else self._cipher.encrypt(data, place=_DATA)
        self._of(claim).update(
            status=answer.status, data=stored, headers=json.dumps(answer.headers)
        )

    def purge(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        expired = self._rows().filter(expires_at__lte=before)
        found = list(expired.order_by("expires_at").values_list("pk", flat=True)[:limit])
        removed, _ = expired.filter(pk__in=found).delete()
        return removed

    def _rows(self) -> QuerySet[Row]:
        return Row.objects.using(self._connection.alias)

    def _of(self, claim: Claim) -> QuerySet[Row]:
        return self._rows().filter(caller=claim.caller, key=claim.key)

    def _inserted(self, row: Row) -> bool:
        """Insert a row where its key is free; tells whether it was."""
        query = InsertQuery(Row, on_conflict=OnConflict.IGNORE)
        query.insert_values(Row._meta.concrete_fields, [row])
        # `bulk_create(ignore_conflicts=True)` runs the same statement, and does not tell what it did.
        ((statement, values),) = query.get_compiler(connection=self._connection).as_sql()
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return bool(cursor.rowcount == 1)
