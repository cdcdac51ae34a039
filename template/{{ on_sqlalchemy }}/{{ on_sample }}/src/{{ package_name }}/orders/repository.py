"""Orders in the database: the only place with queries about them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from ..core.keyset import PagedQuery
from ..core.pagination import Page, PageRequest
from .entities import MAX_LINES, Order, OrderLine, OrderStatus
from .models import OrderLineRow, OrderRow

_COLUMNS = (
    OrderRow.id,
    OrderRow.customer_id,
    OrderRow.status,
    OrderRow.total,
    OrderRow.currency,
    OrderRow.version,
    OrderRow.created_at,
    OrderRow.updated_at,
)
_ALL = select(*_COLUMNS)
_LIST = PagedQuery(
    _ALL,
    sortable={"created_at": OrderRow.created_at},
    filters={
        "customer_id": OrderRow.customer_id == bindparam("customer_id"),
        "status": OrderRow.status == bindparam("status"),
    },
    identifier=OrderRow.id,
)


class SqlOrderRepository:
    """Orders by SQL. An order is read in two statements, and so is a page of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, request: PageRequest, *, customer_id: UUID | None) -> Page[Order]:
        """One statement for the orders, one for the lines of all of them."""
        statement, parameters = _LIST.one_page(request, customer_id=customer_id)
        rows = self._connection.execute(statement, parameters).all()
        return Page.from_rows(request, self._entities(rows), lambda order: order.created_at)

    def find(self, order_id: UUID, *, for_update: bool = False) -> Order | None:
        """By primary key."""
        statement = _ALL.where(OrderRow.id == order_id)
        if for_update:
            statement = statement.with_for_update()
        orders = self._entities(self._connection.execute(statement).all())
        return orders[0] if orders else None

    def add(self, order: Order) -> None:
        """Two statements, however many lines there are."""
        self._connection.execute(
            insert(OrderRow).values(
                id=order.id,
                customer_id=order.customer_id,
                status=order.status.value,
                total=order.total,
                currency=order.currency,
                version=order.version,
                created_at=order.created_at,
                updated_at=order.updated_at,
            )
        )
        self._connection.execute(
            insert(OrderLineRow),
            [
                {
                    "order_id": order.id,
                    "position": position,
                    "product_id": line.product_id,
                    "quantity": line.quantity,
                    "unit_price": line.unit_price,
                }
                for position, line in enumerate(order.lines)
            ],
        )

    def update_status(self, order: Order) -> None:
        """By primary key; the row is locked already."""
        self._connection.execute(
            update(OrderRow)
            .where(OrderRow.id == order.id)
            .values(status=order.status.value, version=order.version, updated_at=order.updated_at)
        )

    def _entities(self, rows: Sequence[Any]) -> list[Order]:
        if not rows:
            return []
        lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
        statement = (
            select(
                OrderLineRow.order_id,
                OrderLineRow.product_id,
                OrderLineRow.quantity,
                OrderLineRow.unit_price,
            )
            .where(OrderLineRow.order_id.in_([row.id for row in rows]))
            .order_by(OrderLineRow.order_id, OrderLineRow.position)
            .limit(len(rows) * MAX_LINES)
        )
        for line in self._connection.execute(statement).all():
            lines[line.order_id].append(
                OrderLine(
                    product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price
                )
            )
        return [
            Order(
                id=row.id,
                customer_id=row.customer_id,
                status=OrderStatus(row.status),
                lines=tuple(lines[row.id]),
                total=row.total,
                currency=row.currency,
                version=row.version,
                created_at=row.created_at,
                updated_at=row.updated_at,
            )
            for row in rows
        ]
