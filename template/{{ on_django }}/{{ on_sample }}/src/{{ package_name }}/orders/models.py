"""The tables of orders."""

from django.db import models

from ..core.dialect import UuidField
from ..core.sensitivity import classify
from ..core.tables import ForeignKeyConstraint, Index


class OrderRow(models.Model):
    """Orders, without their lines."""

    classes = classify(public="id customer_id status total currency version created_at updated_at")

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    customer_id = UuidField(db_comment="The actor that placed it")
    status = models.CharField(max_length=16, db_comment="Where it stands")
    total = models.BigIntegerField(db_comment="To be paid, in minor units")
    currency = models.CharField(max_length=3, db_comment="ISO 4217 code of every price in it")
    version = models.IntegerField(db_comment="Grows by one with every change")
    created_at = models.DateTimeField(db_comment="When it was placed")
    updated_at = models.DateTimeField(db_comment="When it last changed")

    class Meta:
        db_table = "orders"
        db_table_comment = "What was ordered"
        verbose_name = "order"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "paid", "shipped", "cancelled"]),
                name="ck_orders_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(total__gte=0), name="ck_orders_total_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="ck_orders_version_positive"
            ),
        ]
        indexes = [
            Index(fields=["created_at", "id"], name="ix_orders_created_at_id"),
            Index(fields=["status", "created_at", "id"], name="ix_orders_status_created_at_id"),
            Index(
                fields=["customer_id", "created_at", "id"],
                name="ix_orders_customer_id_created_at_id",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class OrderLineRow(models.Model):
    """What was bought in an order. A product that was ever bought cannot be removed for good."""

    classes = classify(public="order_id position product_id quantity unit_price")

    pk = models.CompositePrimaryKey("order_id", "position")
    order = models.ForeignKey(
        OrderRow,
        on_delete=models.DO_NOTHING,
        related_name="lines",
        db_constraint=False,
        db_index=False,
        db_comment="The order",
    )
    position = models.IntegerField(db_comment="Place in the order, from 0")
    product = models.ForeignKey(
        "products.ProductRow",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="The product",
    )
    quantity = models.IntegerField(db_comment="Pieces")
    unit_price = models.BigIntegerField(
        db_comment="Price of one piece when ordered, in minor units"
    )

    class Meta:
        db_table = "order_lines"
        db_table_comment = "Products in orders, at the price of the day"
        verbose_name = "order line"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1), name="ck_order_lines_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0),
                name="ck_order_lines_unit_price_not_negative",
            ),
            ForeignKeyConstraint(
                column="order_id",
                to="orders",
                on_delete="CASCADE",
                name="fk_order_lines_order_id",
            ),
            ForeignKeyConstraint(
                column="product_id",
                to="products",
                on_delete="RESTRICT",
                name="fk_order_lines_product_id",
            ),
        ]
        indexes = [Index(fields=["product"], name="ix_order_lines_product_id")]

    def __str__(self) -> str:
        return f"line {self.position} of {self.order_id}"
