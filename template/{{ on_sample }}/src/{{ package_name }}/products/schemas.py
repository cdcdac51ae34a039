"""What callers send and get: the contract of products, the same for every web framework."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ..core.pagination import ListQuery
from ..core.schema import (
    CLEAN_TEXT,
    NUMBER_IN_QUERY,
    Currency,
    RequestSchema,
    ResponseSchema,
    Timestamp,
)
from .entities import ProductDetails

MAX_PRICE = 1_000_000_000
MAX_STOCK = 1_000_000_000
MAX_BATCH = 500
MAX_VERSION = 2_147_483_647

Sku = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Stock keeping unit, unique among live products.",
        examples=["MUG-BLUE-01"],
    ),
    CLEAN_TEXT,
]
Name = Annotated[
    str,
    Field(min_length=1, max_length=200, description="Name for people.", examples=["Blue mug"]),
    CLEAN_TEXT,
]
Price = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_PRICE,
        description="Price of one piece in minor units (cents).",
        examples=[1250],
    ),
]
CurrencyCode = Annotated[Currency, Field(description="ISO 4217 currency code.", examples=["EUR"])]
Stock = Annotated[int, Field(ge=0, le=MAX_STOCK, description="Pieces on hand.", examples=[40])]


class ProductIn(RequestSchema):
    """A whole product, to create one or to replace one."""

    sku: Sku
    name: Name
    price: Price
    currency: CurrencyCode
    stock: Stock

    def details(self) -> ProductDetails:
        """The same for the service."""
        return ProductDetails(
            sku=self.sku, name=self.name, price=self.price, currency=self.currency, stock=self.stock
        )


class ProductPatch(RequestSchema):
    """Parts of a product to change. What is left out stays as it is; nothing can be set to null."""

    sku: Sku = None  # type: ignore[assignment]
    name: Name = None  # type: ignore[assignment]
    price: Price = None  # type: ignore[assignment]
    currency: CurrencyCode = None  # type: ignore[assignment]
    stock: Stock = None  # type: ignore[assignment]

    def changes(self) -> dict[str, str | int]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class ProductBatchIn(RequestSchema):
    """Several products to create together: all of them or none."""

    products: Annotated[
        list[ProductIn],
        Field(min_length=1, max_length=MAX_BATCH, description="The products to create."),
    ]


class ProductQuery(ListQuery):
    """Filters and order of the list of products."""

    sku: Annotated[Sku | None, Field(description="Only the product with this SKU.")] = None
    min_stock: Annotated[
        int | None,
        Field(
            ge=0, le=MAX_STOCK, description="Only products with at least this stock.", examples=[1]
        ),
        NUMBER_IN_QUERY,
    ] = None
    sort: Annotated[
        Literal["created_at", "-created_at", "name", "-name", "price", "-price"],
        Field(description="Order of the list; `-` for descending.", examples=["-created_at"]),
    ] = "-created_at"


class ProductOut(ResponseSchema):
    """A product."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    sku: Annotated[
        str, Field(max_length=64, description="Stock keeping unit.", examples=["MUG-BLUE-01"])
    ]
    name: Annotated[
        str, Field(max_length=200, description="Name for people.", examples=["Blue mug"])
    ]
    price: Annotated[
        int,
        Field(
            ge=0, le=MAX_PRICE, description="Price of one piece in minor units.", examples=[1250]
        ),
    ]
    currency: Annotated[
        str,
        Field(min_length=3, max_length=3, description="ISO 4217 currency code.", examples=["EUR"]),
    ]
    stock: Annotated[int, Field(ge=0, le=MAX_STOCK, description="Pieces on hand.", examples=[40])]
    version: Annotated[
        int,
        Field(ge=1, le=MAX_VERSION, description="Grows by one with every change.", examples=[1]),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was created.")]
    updated_at: Annotated[Timestamp, Field(description="When it was last changed.")]
