"""Webhook subscriptions in the database: the only place with queries about them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ..core.database import Connection
from ..core.encryption import Cipher
from ..core.keyset import one_page
from ..core.pagination import Page, PageRequest
from .entities import Subscription
from .models import SubscriptionRow
from .sealing import COLUMNS, columns_of, readable, subscription_of

_SORTABLE = frozenset({"created_at"})


class SqlSubscriptionRepository:
    """Webhook subscriptions by Django's ORM, their URLs and secrets encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def page(self, request: PageRequest, *, owner_id: UUID) -> Page[Subscription]:
        """One statement, with a limit."""
        rows = one_page(self._all().filter(owner_id=owner_id), request, sortable=_SORTABLE)
        return Page.from_rows(
            request,
            [self._entity(row) for row in rows.values_list(*COLUMNS)],
            lambda found: found.created_at,
        )

    def find(self, subscription_id: UUID, *, for_update: bool = False) -> Subscription | None:
        """By primary key."""
        rows = self._all().filter(id=subscription_id)
        if for_update:
            rows = rows.select_for_update()
        row = next(iter(rows.values_list(*COLUMNS)), None)
        return None if row is None else self._entity(row)

    def count(self, *, owner_id: UUID) -> int:
        """One statement."""
        return self._all().filter(owner_id=owner_id).count()

    def enabled(self) -> Sequence[Subscription]:
        """One statement. There are few: those who work for the service make them, each a handful."""
        rows = self._all().filter(disabled_at=None).order_by("id")
        return readable(rows.values_list(*COLUMNS), self._cipher)

    def add(self, subscription: Subscription) -> None:
        """One statement."""
        self._all().bulk_create([SubscriptionRow(**columns_of(subscription, self._cipher))])

    def update(self, subscription: Subscription, *, expected_version: int) -> bool:
        """The condition on the version makes reading and writing one step."""
        values = columns_of(subscription, self._cipher)
        del values["id"]
        row = self._all().filter(id=subscription.id, version=expected_version)
        return row.update(**values) == 1

    def remove(self, subscription_id: UUID) -> None:
        """By primary key."""
        self._all().filter(id=subscription_id).delete()

    def _all(self) -> QuerySet[SubscriptionRow]:
        return SubscriptionRow.objects.using(self._connection.alias)

    def _entity(self, row: Iterable[Any]) -> Subscription:
        return subscription_of(row, self._cipher)
