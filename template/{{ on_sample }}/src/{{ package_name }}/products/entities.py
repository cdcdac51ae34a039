"""What a product is, and the rules that hold for every one."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ..core.errors import Conflict, NotFound
from ..core.money import Money


class ProductNotFound(NotFound):
    """There is no such product, or it is deleted."""

    code = "product.not_found"
    message = "There is no such product."


class SkuTaken(Conflict):
    """Another live product has the SKU."""

    code = "product.sku_taken"
    message = "Another product has this SKU."


class NotDeleted(Conflict):
    """Only a deleted product can be restored."""

    code = "product.not_deleted"
    message = "The product is not deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDetails:
    """What a caller says of a product.

    Attributes:
        sku: stock keeping unit, unique among live products.
        name: for people.
        price: of one piece, in minor units.
        currency: of the price, ISO 4217.
        stock: pieces on hand, never negative.
    """

    sku: str
    name: str
    price: int
    currency: str
    stock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(ProductDetails):
    """A product.

    Attributes:
        id: identifier.
        version: grows by one with every change.
        created_at: when it was created, UTC.
        updated_at: when it was last changed, UTC.
        deleted_at: when it was deleted; ``None`` for a live one.
    """

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def unit_price(self) -> Money:
        """The price as money."""
        return Money(self.price, self.currency)

    def deleted(self, *, now: datetime) -> "Product":
        """The product after it was deleted."""
        return replace(self, deleted_at=now, updated_at=now, version=self.version + 1)

    def restored(self, *, now: datetime) -> "Product":
        """The product after it was brought back.

        Raises:
            NotDeleted: it is live.
        """
        if self.deleted_at is None:
            raise NotDeleted
        return replace(self, deleted_at=None, updated_at=now, version=self.version + 1)


def new_product(details: ProductDetails, *, identifier: UUID, now: datetime) -> Product:
    """A product that did not exist before.

    >>> from datetime import UTC
    >>> mug = ProductDetails(sku="MUG", name="Mug", price=1250, currency="EUR", stock=40)
    >>> product = new_product(mug, identifier=UUID(int=1), now=datetime(2026, 1, 1, tzinfo=UTC))
    >>> product.version, product.unit_price
    (1, Money(amount=1250, currency='EUR'))
    """
    return Product(
        id=identifier,
        sku=details.sku,
        name=details.name,
        price=details.price,
        currency=details.currency,
        stock=details.stock,
        version=1,
        created_at=now,
        updated_at=now,
    )
