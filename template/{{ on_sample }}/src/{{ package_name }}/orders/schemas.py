"""What callers send and get: the contract of orders, the same for every web framework."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ..core.pagination import ListQuery
from ..core.schema import Identifier, RequestSchema, ResponseSchema, Timestamp
from .entities import MAX_LINES, OrderStatus, WantedLine

MAX_QUANTITY = 10_000
MAX_UNIT_PRICE = 1_000_000_000
MAX_TOTAL = MAX_UNIT_PRICE * MAX_QUANTITY * MAX_LINES
MAX_VERSION = 2_147_483_647

Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY, description="Pieces.", examples=[2])]


class OrderLineIn(RequestSchema):
    """One product to buy."""

    product_id: Annotated[
        Identifier,
        Field(
            description="A product that is for sale.",
            examples=["01920000-0000-7000-8000-000000000000"],
        ),
    ]
    quantity: Quantity


class OrderIn(RequestSchema):
    """An order to place."""

    lines: Annotated[
        list[OrderLineIn], Field(min_length=1, max_length=MAX_LINES, description="What to buy.")
    ]

    def wanted(self) -> list[WantedLine]:
        """The same for the service."""
        return [
            WantedLine(product_id=line.product_id, quantity=line.quantity) for line in self.lines
        ]


class OrderQuery(ListQuery):
    """Filters and order of the list of orders."""

    status: Annotated[
        Literal["pending", "paid", "shipped", "cancelled"] | None,
        Field(description="Only orders in this state.", examples=["pending"]),
    ] = None
    sort: Annotated[
        Literal["created_at", "-created_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-created_at"]),
    ] = "-created_at"


class OrderLineOut(ResponseSchema):
    """One product in an order."""

    product_id: Annotated[UUID, Field(description="The product.")]
    quantity: Quantity
    unit_price: Annotated[
        int,
        Field(
            ge=0, le=MAX_UNIT_PRICE, description="Price of one piece when ordered.", examples=[1250]
        ),
    ]


class OrderOut(ResponseSchema):
    """An order."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    customer_id: Annotated[UUID, Field(description="Who placed it.")]
    status: Annotated[OrderStatus, Field(description="Where it stands.", examples=["pending"])]
    lines: Annotated[
        list[OrderLineOut],
        Field(min_length=1, max_length=MAX_LINES, strict=False, description="What was bought."),
    ]
    total: Annotated[
        int, Field(ge=0, le=MAX_TOTAL, description="To be paid, in minor units.", examples=[2500])
    ]
    currency: Annotated[
        str,
        Field(min_length=3, max_length=3, description="ISO 4217 currency code.", examples=["EUR"]),
    ]
    version: Annotated[
        int,
        Field(ge=1, le=MAX_VERSION, description="Grows by one with every change.", examples=[1]),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was placed.")]
    updated_at: Annotated[Timestamp, Field(description="When it last changed.")]
