"""What can be done with orders. Every method authorises first and is one unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import AuditLog, audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.identifiers import new_id
from ..core.money import Money
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import (
    Order,
    OrderNotFound,
    OrderStatus,
    OutOfStock,
    UnknownProduct,
    WantedLine,
    placed_order,
)

PLACE = "orders:place"
READ = "orders:read"
READ_ANY = "orders:read-any"
MANAGE = "orders:manage"

_VERBS = {OrderStatus.PAID: "pay", OrderStatus.SHIPPED: "ship", OrderStatus.CANCELLED: "cancel"}


class OrderRepository(Protocol):
    """Orders in the database."""

    def page(self, request: PageRequest, *, customer_id: UUID | None) -> Page[Order]:
        """A page of orders, of one customer or of all. Sort: created_at. Filter: status."""
        ...

    def find(self, order_id: UUID, *, for_update: bool = False) -> Order | None:
        """One order; ``for_update`` keeps others from changing it until the unit of work ends."""
        ...

    def add(self, order: Order) -> None:
        """Store a new order."""
        ...

    def update_status(self, order: Order) -> None:
        """Store the new state of an order that was found with ``for_update``."""
        ...


class SoldProduct(Protocol):
    """What orders need to know of a product."""

    @property
    def id(self) -> UUID:
        """Identifier."""
        ...

    @property
    def unit_price(self) -> Money:
        """Price of one piece."""
        ...


class Stock(Protocol):
    """The products as orders see them: prices, and pieces to take."""

    def find_many(self, product_ids: Sequence[UUID]) -> Sequence[SoldProduct]:
        """The products among these that are for sale."""
        ...

    def take(self, product_id: UUID, quantity: int, *, now: datetime) -> bool:
        """Take pieces out of the stock if there are enough; tells whether there were."""
        ...

    def put_back(self, product_id: UUID, quantity: int, *, now: datetime) -> None:
        """Return pieces to the stock."""
        ...


class OrdersWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def orders(self) -> OrderRepository:
        """Orders in the database."""
        ...

    @property
    def products(self) -> Stock:
        """The stock they are taken from."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The trail of sensitive operations."""
        ...


class OrderService:
    """Use cases of orders.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
    """

    def __init__(
        self, *, transactions: Transactions[OrdersWork], policy: Policy, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock

    @use_case("orders.list", changes=False)
    def list_orders(self, *, actor: Actor, request: PageRequest) -> Page[Order]:
        """A page of the actor's orders; of everybody's if the actor may read any.

        Raises:
            Forbidden: the actor may not read orders.
        """
        authorise(self._policy, actor, READ)
        owner = None if self._policy.allows(actor, READ_ANY) else actor.id
        with self._transactions.reading() as work:
            return work.orders.page(request, customer_id=owner)

    @use_case("orders.get", changes=False)
    def get_order(self, *, actor: Actor, order_id: UUID) -> Order:
        """One order.

        Raises:
            Forbidden: the actor may not read orders.
            OrderNotFound: there is none, or it is somebody else's.
        """
        authorise(self._policy, actor, READ)
        with self._transactions.reading() as work:
            return self._visible(actor, work.orders.find(order_id))

    @use_case("orders.place", changes=True)
    def place_order(self, *, actor: Actor, wanted: Sequence[WantedLine]) -> Order:
        """Take the stock and store the order, both or neither.

        Raises:
            Forbidden: the actor may not place orders.
            UnknownProduct: a line names a product that is not for sale.
            OutOfStock: there are too few pieces for a line.
            MixedCurrencies: the products have different currencies.
        """
        authorise(self._policy, actor, PLACE)
        now = self._clock.now()
        with self._transactions.writing() as work:
            short = self._take(work.products, wanted, now)
            # Read after the stock was taken: nobody changes these rows any more, so the prices hold.
            found = work.products.find_many(sorted({line.product_id for line in wanted}))
            on_sale = {product.id: product.unit_price for product in found}
            for index, line in enumerate(wanted):
                if line.product_id not in on_sale:
                    raise UnknownProduct(index)
            if short is not None:
                raise OutOfStock(short)
            order = placed_order(
                wanted,
                [on_sale[line.product_id] for line in wanted],
                identifier=new_id(),
                customer_id=actor.id,
                now=now,
            )
            work.orders.add(order)
            _record(work, actor, "orders.place", None, order)
        return order

    @use_case("orders.pay", changes=True)
    def pay_order(self, *, actor: Actor, order_id: UUID) -> Order:
        """Mark a pending order as paid.

        Raises:
            Forbidden: the actor may not place orders, or this is somebody else's and not the actor's to manage.
            OrderNotFound: there is none, or it is somebody else's.
            IllegalTransition: it is not pending.
        """
        authorise(self._policy, actor, PLACE)
        return self._move(actor, order_id, OrderStatus.PAID)

    @use_case("orders.ship", changes=True)
    def ship_order(self, *, actor: Actor, order_id: UUID) -> Order:
        """Mark a paid order as shipped.

        Raises:
            Forbidden: the actor may not manage orders.
            OrderNotFound: there is none.
            IllegalTransition: it is not paid.
        """
        authorise(self._policy, actor, MANAGE)
        return self._move(actor, order_id, OrderStatus.SHIPPED)

    @use_case("orders.cancel", changes=True)
    def cancel_order(self, *, actor: Actor, order_id: UUID) -> Order:
        """Cancel an order that was not shipped, and return its pieces to the stock.

        Raises:
            Forbidden: the actor may not place orders, or this is somebody else's and not the actor's to manage.
            OrderNotFound: there is none, or it is somebody else's.
            IllegalTransition: it is shipped, or cancelled already.
        """
        authorise(self._policy, actor, PLACE)
        return self._move(actor, order_id, OrderStatus.CANCELLED)

    def _move(self, actor: Actor, order_id: UUID, status: OrderStatus) -> Order:
        now = self._clock.now()
        with self._transactions.writing() as work:
            order = self._visible(actor, work.orders.find(order_id, for_update=True))
            if order.customer_id != actor.id:
                authorise(self._policy, actor, MANAGE)
            moved = order.moved_to(status, now=now)
            work.orders.update_status(moved)
            if status is OrderStatus.CANCELLED:
                for line in sorted(order.lines, key=lambda line: line.product_id):
                    work.products.put_back(line.product_id, line.quantity, now=now)
            _record(work, actor, f"orders.{_VERBS[status]}", order, moved)
        return moved

    def _visible(self, actor: Actor, order: Order | None) -> Order:
        """Somebody else's order is not there, so that nobody can find out whether it exists."""
        if order is None:
            raise OrderNotFound
        if order.customer_id != actor.id and not self._policy.allows(actor, READ_ANY):
            raise OrderNotFound
        return order

    @staticmethod
    def _take(stock: Stock, wanted: Sequence[WantedLine], now: datetime) -> int | None:
        """Take the pieces of every line; returns the index of a line that could not be served.

        In the order of product ids, whatever the order of the lines: two orders for the same products
        then wait for each other instead of dead-locking.
        """
        for index, line in sorted(
            enumerate(wanted), key=lambda item: (item[1].product_id, item[0])
        ):
            if not stock.take(line.product_id, line.quantity, now=now):
                return index
        return None


def _record(
    work: OrdersWork, actor: Actor, action: str, before: Order | None, after: Order
) -> None:
    work.audit.record(
        audit_entry(
            action,
            actor=actor,
            now=after.updated_at,
            subject=("order", after.id),
            before=before,
            after=after,
        )
    )
