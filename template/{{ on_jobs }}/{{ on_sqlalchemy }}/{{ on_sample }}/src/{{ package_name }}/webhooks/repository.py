"""Webhook subscriptions in the database: the only place with queries about them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ..core.encryption import Cipher
from ..core.keyset import PagedQuery
from ..core.pagination import Page, PageRequest
from .entities import Subscription
from .models import SubscriptionRow as Row
from .sealing import COLUMNS, columns_of, readable, subscription_of

# Built once: a statement takes longer to build than to run.
_ALL = select(*(getattr(Row, name) for name in COLUMNS))
_ONE = _ALL.where(Row.id == bindparam("id"))
_ENABLED = _ALL.where(Row.disabled_at.is_(None)).order_by(Row.id)
_COUNT = select(func.count()).select_from(Row).where(Row.owner_id == bindparam("owner_id"))
_LIST = PagedQuery(
    _ALL,
    sortable={"created_at": Row.created_at},
    filters={"owner_id": Row.owner_id == bindparam("owner_id")},
    identifier=Row.id,
)


class SqlSubscriptionRepository:
    """Webhook subscriptions by SQL, their URLs and secrets encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def page(self, request: PageRequest, *, owner_id: UUID) -> Page[Subscription]:
        """One statement, with a limit."""
        rows = self._connection.execute(*_LIST.one_page(request, owner_id=owner_id)).all()
        return Page.from_rows(
            request, [self._entity(row) for row in rows], lambda found: found.created_at
        )

    def find(self, subscription_id: UUID, *, for_update: bool = False) -> Subscription | None:
        """By primary key."""
        statement = _ONE.with_for_update() if for_update else _ONE
        row = self._connection.execute(statement, {"id": subscription_id}).one_or_none()
        return None if row is None else self._entity(row)

    def count(self, *, owner_id: UUID) -> int:
        """One statement."""
        return self._connection.scalar(_COUNT, {"owner_id": owner_id}) or 0

    def enabled(self) -> Sequence[Subscription]:
        """One statement. There are few: those who work for the service make them, each a handful."""
        return readable(self._connection.execute(_ENABLED), self._cipher)

    def add(self, subscription: Subscription) -> None:
        """One statement."""
        self._connection.execute(insert(Row).values(columns_of(subscription, self._cipher)))

    def update(self, subscription: Subscription, *, expected_version: int) -> bool:
        """The condition on the version makes reading and writing one step."""
        statement = (
            update(Row)
            .where(Row.id == subscription.id, Row.version == expected_version)
            .values(columns_of(subscription, self._cipher))
        )
        return self._connection.execute(statement).rowcount == 1

    def remove(self, subscription_id: UUID) -> None:
        """By primary key."""
        self._connection.execute(delete(Row).where(Row.id == subscription_id))

    def _entity(self, row: Iterable[Any]) -> Subscription:
        return subscription_of(row, self._cipher)
