"""Orders in the database: the only place with queries about them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ..core.database import Connection
from ..core.keyset import one_page
from ..core.pagination import Page, PageRequest
from .entities import MAX_LINES, Order, OrderLine, OrderStatus
from .models import OrderLineRow, OrderRow

_COLUMNS = (
    "id",
    "customer_id",
    "status",
    "total",
    "currency",
    "version",
    "created_at",
    "updated_at",
)
_SORTABLE = frozenset({"created_at"})


class SqlOrderRepository:
    """Orders by Django's ORM. An order is read in two statements, and so is a page of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, request: PageRequest, *, customer_id: UUID | None) -> Page[Order]:
        """One statement for the orders, one for the lines of all of them."""
        rows = self._all()
        if customer_id is not None:
            rows = rows.filter(customer_id=customer_id)
        if "status" in request.filters:
            rows = rows.filter(status=request.filters["status"])
        found = one_page(rows, request, sortable=_SORTABLE)
        return Page.from_rows(request, self._entities(found), lambda order: order.created_at)

    def find(self, order_id: UUID, *, for_update: bool = False) -> Order | None:
        """By primary key."""
        rows = self._all().filter(id=order_id)
        if for_update:
            rows = rows.select_for_update()
        orders = self._entities(rows)
        return orders[0] if orders else None

    def add(self, order: Order) -> None:
        """Two statements, however many lines there are."""
        self._all().bulk_create(
            [
                OrderRow(
                    id=order.id,
                    customer_id=order.customer_id,
                    status=order.status.value,
                    total=order.total,
                    currency=order.currency,
                    version=order.version,
                    created_at=order.created_at,
                    updated_at=order.updated_at,
                )
            ]
        )
        self._lines().bulk_create(
            [
                OrderLineRow(
                    order_id=order.id,
                    position=position,
                    product_id=line.product_id,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                )
                for position, line in enumerate(order.lines)
            ]
        )

    def update_status(self, order: Order) -> None:
        """By primary key; the row is locked already."""
        self._all().filter(id=order.id).update(
            status=order.status.value, version=order.version, updated_at=order.updated_at
        )

    def _all(self) -> QuerySet[OrderRow]:
        return OrderRow.objects.using(self._connection.alias)

    def _lines(self) -> QuerySet[OrderLineRow]:
        return OrderLineRow.objects.using(self._connection.alias)

    def _entities(self, rows: "QuerySet[OrderRow, Any]") -> list[Order]:
        found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows.values_list(*_COLUMNS)]
        lines = self._lines_of([row["id"] for row in found])
        return [
            Order(**{**row, "status": OrderStatus(row["status"])}, lines=tuple(lines[row["id"]]))
            for row in found
        ]

    def _lines_of(self, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
        """The lines of some orders, in one statement."""
        lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
        if not order_ids:
            return lines
        rows = (
            self._lines()
            .filter(order_id__in=order_ids)
            .order_by("order_id", "position")
            .values_list("order_id", "product_id", "quantity", "unit_price")
        )
        for order_id, product_id, quantity, unit_price in rows[: len(order_ids) * MAX_LINES]:
            lines[order_id].append(
                OrderLine(product_id=product_id, quantity=quantity, unit_price=unit_price)
            )
        return lines
