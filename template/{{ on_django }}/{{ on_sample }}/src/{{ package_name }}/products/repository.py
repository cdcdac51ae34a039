"""Products in the database: the only place with queries about them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F, QuerySet

from ..core.database import Connection
from ..core.dialect import is_unique_violation
from ..core.keyset import one_page
from ..core.pagination import Page, PageRequest
from .entities import Product, SkuTaken
from .models import ProductRow

_COLUMNS = (
    "id",
    "sku",
    "name",
    "price",
    "currency",
    "stock",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
)
_SORTABLE = frozenset({"created_at", "name", "price"})


def _entity(row: Any) -> Product:
    return Product(**dict(zip(_COLUMNS, row, strict=True)))


class SqlProductRepository:
    """Products by Django's ORM. Queries give columns, which become entities; no model is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, request: PageRequest) -> Page[Product]:
        """One statement, with a limit."""
        rows = self._live()
        if "sku" in request.filters:
            rows = rows.filter(sku=request.filters["sku"])
        if "min_stock" in request.filters:
            rows = rows.filter(stock__gte=request.filters["min_stock"])
        found = one_page(rows, request, sortable=_SORTABLE).values_list(*_COLUMNS)
        return Page.from_rows(
            request,
            [_entity(row) for row in found],
            lambda product: getattr(product, request.sort.field),
        )

    def find(self, product_id: UUID, *, deleted: bool = False) -> Product | None:
        """By primary key."""
        rows = self._all() if deleted else self._live()
        row = next(iter(rows.filter(id=product_id).values_list(*_COLUMNS)), None)
        return None if row is None else _entity(row)

    def taken_skus(self, skus: Sequence[str]) -> set[str]:
        """One statement for all of them."""
        return set(self._live().filter(sku__in=skus).values_list("sku", flat=True))

    def add(self, products: Sequence[Product]) -> None:
        """One statement for all of them."""
        try:
            self._all().bulk_create([ProductRow(**asdict(product)) for product in products])
        except IntegrityError as error:
            raise _meaning(error) from error

    def update(self, product: Product, *, expected_version: int) -> bool:
        """The condition on the version makes reading and writing one step."""
        row = self._all().filter(id=product.id, version=expected_version)
        values = asdict(product)
        del values["id"]
        try:
            return row.update(**values) == 1
        except IntegrityError as error:
            raise _meaning(error) from error

    def take(self, product_id: UUID, quantity: int, *, now: datetime) -> bool:
        """Take pieces out of the stock of a live product if there are enough; tells whether there were.

        One statement, so two buyers can never both get the last piece.
        """
        # Not `stock >= quantity`: an engine may then walk the index on stock, where a row that another
        # buyer has just moved is passed by, and refuse an order although there is enough.
        enough = self._live().alias(left=F("stock") - quantity).filter(id=product_id, left__gte=0)
        taken = enough.update(stock=F("stock") - quantity, version=F("version") + 1, updated_at=now)
        return taken == 1

    def put_back(self, product_id: UUID, quantity: int, *, now: datetime) -> None:
        """Return pieces to the stock, also of a product that was deleted meanwhile."""
        self._all().filter(id=product_id).update(
            stock=F("stock") + quantity, version=F("version") + 1, updated_at=now
        )

    def find_many(self, product_ids: Sequence[UUID]) -> list[Product]:
        """The live ones of these products, in one statement."""
        rows = self._live().filter(id__in=product_ids).values_list(*_COLUMNS)
        return [_entity(row) for row in rows]

    def _all(self) -> QuerySet[ProductRow]:
        return ProductRow.objects.using(self._connection.alias)

    def _live(self) -> QuerySet[ProductRow]:
        return self._all().filter(deleted_at=None)


def _meaning(error: IntegrityError) -> Exception:
    """What a refused write means to a caller; the error itself if that is none of theirs."""
    return SkuTaken() if is_unique_violation(error) else error
