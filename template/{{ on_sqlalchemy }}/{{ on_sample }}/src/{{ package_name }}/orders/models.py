"""The tables of orders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.sensitivity import classify
from ..core.tables import Base


class OrderRow(Base):
    """Orders, without their lines."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'paid', 'shipped', 'cancelled')", name="status_known"
        ),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("version >= 1", name="version_positive"),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        Index(None, "customer_id", "created_at", "id"),
        {"comment": "What was ordered"},
    )
    classes = classify(public="id customer_id status total currency version created_at updated_at")

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="UUID of version 7")
    customer_id: Mapped[UUID] = mapped_column(comment="The actor that placed it")
    status: Mapped[str] = mapped_column(String(16), comment="Where it stands")
    total: Mapped[int] = mapped_column(BigInteger, comment="To be paid, in minor units")
    currency: Mapped[str] = mapped_column(String(3), comment="ISO 4217 code of every price in it")
    version: Mapped[int] = mapped_column(comment="Grows by one with every change")
    created_at: Mapped[datetime] = mapped_column(comment="When it was placed")
    updated_at: Mapped[datetime] = mapped_column(comment="When it last changed")


class OrderLineRow(Base):
    """What was bought in an order. A product that was ever bought cannot be removed for good."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
        Index(None, "product_id"),
        {"comment": "Products in orders, at the price of the day"},
    )
    classes = classify(public="order_id position product_id quantity unit_price")

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, comment="The order"
    )
    position: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place in the order, from 0"
    )
    product_id: Mapped[UUID] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT"), comment="The product"
    )
    quantity: Mapped[int] = mapped_column(comment="Pieces")
    unit_price: Mapped[int] = mapped_column(
        BigInteger, comment="Price of one piece when ordered, in minor units"
    )
