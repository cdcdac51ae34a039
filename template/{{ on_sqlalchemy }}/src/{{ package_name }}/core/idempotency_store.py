"""Kept answers in the database, next to the work they belong to."""

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from .dialect import insert_or_skip
from .encryption import Cipher
from .idempotency import Claim, KeptAnswer
from .tables import IdempotencyKeyRow as Row

_DATA = "idempotency_keys.data"
_EXPIRED = (
    select(Row.caller, Row.key)
    .where(Row.expires_at <= bindparam("before"))
    .order_by(Row.expires_at)
    .limit(bindparam("most"))
)


class SqlIdempotencyStore:
    """Keeps answers in the table ``idempotency_keys``, their data encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def claim(self, claim: Claim, *, now: datetime, expires_at: datetime) -> KeptAnswer | None:
        """Insert the key's row. While another transaction holds it, this waits for its end."""
        mine = (Row.caller == claim.caller, Row.key == claim.key)
        self._connection.execute(delete(Row).where(*mine, Row.expires_at <= now))
        inserted = self._connection.execute(
            insert_or_skip(Row).values(
                caller=claim.caller,
                key=claim.key,
                fingerprint=claim.fingerprint,
                expires_at=expires_at,
            ),
            # Without this, inserts tell no row count.
            execution_options={"preserve_rowcount": True},
        )
        if inserted.rowcount:
            return None
        row = self._connection.execute(
            select(Row.fingerprint, Row.status, Row.data, Row.headers).where(*mine)
        ).one()
        data = None if row.data is None else self._cipher.decrypt(row.data, place=_DATA)
        return KeptAnswer(
            fingerprint=row.fingerprint,
            status=row.status or 0,
            data=data,
            headers=json.loads(row.headers or "{}"),
        )

    def keep(self, claim: Claim, answer: KeptAnswer) -> None:
        """Fill the row that :meth:`claim` inserted."""
        data = answer.data
        stored = None if data is None else self._cipher.encrypt(data, place=_DATA)
        self._connection.execute(
            update(Row)
            .where(Row.caller == claim.caller, Row.key == claim.key)
            .values(status=answer.status, data=stored, headers=json.dumps(answer.headers))
        )

    def purge(self, *, before: datetime, limit: int) -> int:
        """Two statements: not every engine deletes with a limit."""
        rows = self._connection.execute(_EXPIRED, {"before": before, "most": limit}).all()
        if not rows:
            return 0
        found = tuple_(Row.caller, Row.key).in_([tuple(row) for row in rows])
        # One of these may have been taken afresh since.
        expired = delete(Row).where(found, Row.expires_at <= before)
        return self._connection.execute(expired).rowcount
