"""Products in the database: the only place with queries about them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..core.dialect import is_unique_violation
from ..core.keyset import PagedQuery
from ..core.pagination import Page, PageRequest
from .entities import Product, SkuTaken
from .models import ProductRow as Row

_FIELDS = [field.name for field in fields(Product)]
# Built once: a statement takes longer to build than to run.
_ALL = select(*(getattr(Row, name) for name in _FIELDS))
_LIVE = _ALL.where(Row.deleted_at.is_(None))
_FIND_ANY = _ALL.where(Row.id == bindparam("id"))
_FIND_LIVE = _LIVE.where(Row.id == bindparam("id"))
_LIST = PagedQuery(
    _LIVE,
    sortable={"created_at": Row.created_at, "name": Row.name, "price": Row.price},
    filters={
        "sku": Row.sku == bindparam("sku"),
        "min_stock": Row.stock >= bindparam("min_stock"),
    },
    identifier=Row.id,
)


def _entity(row: Iterable[Any]) -> Product:
    return Product(**dict(zip(_FIELDS, row, strict=True)))


class SqlProductRepository:
    """Products by SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, request: PageRequest) -> Page[Product]:
        """One statement, with a limit."""
        rows = self._connection.execute(*_LIST.one_page(request)).all()
        return Page.from_rows(
            request,
            [_entity(row) for row in rows],
            lambda product: getattr(product, request.sort.field),
        )

    def find(self, product_id: UUID, *, deleted: bool = False) -> Product | None:
        """By primary key."""
        statement = _FIND_ANY if deleted else _FIND_LIVE
        row = self._connection.execute(statement, {"id": product_id}).one_or_none()
        return None if row is None else _entity(row)

    def taken_skus(self, skus: Sequence[str]) -> set[str]:
        """One statement for all of them."""
        statement = select(Row.sku).where(Row.sku.in_(skus), Row.deleted_at.is_(None))
        return set(self._connection.scalars(statement))

    def add(self, products: Sequence[Product]) -> None:
        """One statement for all of them."""
        self._write(insert(Row), [asdict(product) for product in products])

    def update(self, product: Product, *, expected_version: int) -> bool:
        """The condition on the version makes reading and writing one step."""
        statement = (
            update(Row)
            .where(Row.id == product.id, Row.version == expected_version)
            .values(asdict(product))
        )
        return self._write(statement) == 1

    def take(self, product_id: UUID, quantity: int, *, now: datetime) -> bool:
        """Take pieces out of the stock of a live product if there are enough; tells whether there were.

        One statement, so two buyers can never both get the last piece.
        """
        statement = (
            update(Row)
            # Not `stock >= quantity`: an engine may then walk the index on stock, where a row that another
            # buyer has just moved is passed by, and refuse an order although there is enough.
            .where(Row.id == product_id, Row.stock - quantity >= 0, Row.deleted_at.is_(None))
            .values(stock=Row.stock - quantity, version=Row.version + 1, updated_at=now)
        )
        return self._connection.execute(statement).rowcount == 1

    def put_back(self, product_id: UUID, quantity: int, *, now: datetime) -> None:
        """Return pieces to the stock, also of a product that was deleted meanwhile."""
        self._connection.execute(
            update(Row)
            .where(Row.id == product_id)
            .values(stock=Row.stock + quantity, version=Row.version + 1, updated_at=now)
        )

    def find_many(self, product_ids: Sequence[UUID]) -> list[Product]:
        """The live ones of these products, in one statement."""
        statement = _LIVE.where(Row.id.in_(product_ids))
        return [_entity(row) for row in self._connection.execute(statement).all()]

    def _write(self, statement: Any, rows: Any = None) -> int:
        try:
            return self._connection.execute(statement, rows).rowcount
        except IntegrityError as error:
            if is_unique_violation(error):
                raise SkuTaken from error
            raise
