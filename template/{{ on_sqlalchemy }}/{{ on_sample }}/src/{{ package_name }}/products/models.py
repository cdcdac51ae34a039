"""The table of products."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.dialect import BinaryText, unique_among_live
from ..core.sensitivity import classify
from ..core.tables import Base


class ProductRow(Base):
    """Products, live and deleted."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("version >= 1", name="version_positive"),
        *unique_among_live("products", "sku", 64),
        Index(None, "created_at", "id"),
        Index(None, "name", "id"),
        Index(None, "price", "id"),
        Index(None, "stock"),
        {"comment": "What is for sale"},
    )
    classes = classify(
        public="id sku name price currency stock version created_at updated_at deleted_at"
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    sku: Mapped[str] = mapped_column(
        BinaryText(64), comment="Stock keeping unit, unique among live rows"
    )
    name: Mapped[str] = mapped_column(BinaryText(200), comment="Name for people")
    price: Mapped[int] = mapped_column(BigInteger, comment="Price of one piece, in minor units")
    currency: Mapped[str] = mapped_column(String(3), comment="ISO 4217 code of the price")
    stock: Mapped[int] = mapped_column(BigInteger, comment="Pieces on hand")
    version: Mapped[int] = mapped_column(comment="Grows by one with every change")
    created_at: Mapped[datetime] = mapped_column(comment="When it was created")
    updated_at: Mapped[datetime] = mapped_column(comment="When it was last changed")
    deleted_at: Mapped[datetime | None] = mapped_column(
        comment="When it was deleted; null while live"
    )
