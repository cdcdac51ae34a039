"""What an order is, and the states it goes through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ..core.errors import Conflict, ErrorDetail, NotFound
from ..core.money import Money

MAX_LINES = 100
"""Most lines of an order."""


class OrderNotFound(NotFound):
    """There is no such order, or it is somebody else's."""

    code = "order.not_found"
    message = "There is no such order."


class OutOfStock(Conflict):
    """There are fewer pieces than the order wants."""

    code = "order.out_of_stock"
    message = "There is not enough stock for the order."

    def __init__(self, line: int) -> None:
        """Args: line: index of the order line that cannot be served."""
        super().__init__(
            details=[ErrorDetail(f"lines.{line}.quantity", "out_of_stock", "Not enough stock")]
        )


class UnknownProduct(Conflict):
    """The order names a product that is not for sale."""

    code = "order.unknown_product"
    message = "The order names a product that is not for sale."

    def __init__(self, line: int) -> None:
        """Args: line: index of the order line that names it."""
        super().__init__(
            details=[
                ErrorDetail(f"lines.{line}.product_id", "unknown", "No such product is for sale")
            ]
        )


class MixedCurrencies(Conflict):
    """An order is paid in one currency."""

    code = "order.mixed_currencies"
    message = "All products of an order must have the same currency."

    def __init__(self, line: int) -> None:
        """Args: line: index of the first order line in another currency."""
        super().__init__(
            details=[
                ErrorDetail(f"lines.{line}.product_id", "currency", "Another currency than line 0")
            ]
        )


class IllegalTransition(Conflict):
    """The order is not in a state that allows this."""

    code = "order.illegal_transition"
    message = "The order's state does not allow this."


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
    OrderStatus.SHIPPED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
"""Which states may follow which. What is not here is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """What a buyer asks for.

    Attributes:
        product_id: of a product that is for sale.
        quantity: pieces, at least one.
    """

    product_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One product in an order, at the price it had when the order was placed.

    Attributes:
        product_id: the product.
        quantity: pieces.
        unit_price: of one piece, in minor units of the order's currency.
    """

    product_id: UUID
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order.

    Attributes:
        id: identifier.
        customer_id: the actor that placed it.
        status: where it stands.
        lines: what was bought, in the order of the request.
        total: to be paid, in minor units.
        currency: of every price in it, ISO 4217.
        version: grows by one with every change.
        created_at: when it was placed, UTC.
        updated_at: when it last changed, UTC.
    """

    id: UUID
    customer_id: UUID
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    version: int
    created_at: datetime
    updated_at: datetime

    def moved_to(self, status: OrderStatus, *, now: datetime) -> "Order":
        """The order in its next state.

        Raises:
            IllegalTransition: that state may not follow the present one.
        """
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"An order that is {self.status} cannot become {status}.")
        return replace(self, status=status, updated_at=now, version=self.version + 1)


def placed_order(
    wanted: Sequence[WantedLine],
    prices: Sequence[Money],
    *,
    identifier: UUID,
    customer_id: UUID,
    now: datetime,
) -> Order:
    """A new order at the present prices.

    >>> from datetime import UTC
    >>> order = placed_order(
    ...     [WantedLine(product_id=UUID(int=1), quantity=3)],
    ...     [Money(1250, "EUR")],
    ...     identifier=UUID(int=2),
    ...     customer_id=UUID(int=3),
    ...     now=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> order.status.value, order.total
    ('pending', 3750)

    Args:
        wanted: the lines asked for, at least one.
        prices: the price of one piece for each line.
        identifier: of the new order.
        customer_id: who places it.
        now: when.

    Raises:
        MixedCurrencies: the prices are in several currencies.
    """
    currency = prices[0].currency
    total = Money(0, currency)
    for index, (line, price) in enumerate(zip(wanted, prices, strict=True)):
        if price.currency != currency:
            raise MixedCurrencies(index)
        total += price * line.quantity
    return Order(
        id=identifier,
        customer_id=customer_id,
        status=OrderStatus.PENDING,
        lines=tuple(
            OrderLine(product_id=line.product_id, quantity=line.quantity, unit_price=price.amount)
            for line, price in zip(wanted, prices, strict=True)
        ),
        total=total.amount,
        currency=currency,
        version=1,
        created_at=now,
        updated_at=now,
    )
