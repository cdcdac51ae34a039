"""Initial schema of orders.

Purpose: the tables that the slice starts with.
Impact: new tables only.
Locking: none; nothing exists yet.
Rollback: drops the tables with all they hold.
"""

from django.db import migrations, models

from ...core.dialect import UuidField, named_primary_key
from ...core.tables import ForeignKeyConstraint, Index


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True
    dependencies = [("products", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="OrderRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                ("customer_id", UuidField(db_comment="The actor that placed it")),
                ("status", models.CharField(max_length=16, db_comment="Where it stands")),
                ("total", models.BigIntegerField(db_comment="To be paid, in minor units")),
                (
                    "currency",
                    models.CharField(max_length=3, db_comment="ISO 4217 code of every price in it"),
                ),
                ("version", models.IntegerField(db_comment="Grows by one with every change")),
                ("created_at", models.DateTimeField(db_comment="When it was placed")),
                ("updated_at", models.DateTimeField(db_comment="When it last changed")),
            ],
            options={
                "verbose_name": "order",
                "db_table": "orders",
                "db_table_comment": "What was ordered",
                "constraints": [
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
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="ix_orders_created_at_id"),
                    Index(
                        fields=["status", "created_at", "id"],
                        name="ix_orders_status_created_at_id",
                    ),
                    Index(
                        fields=["customer_id", "created_at", "id"],
                        name="ix_orders_customer_id_created_at_id",
                    ),
                ],
            },
        ),
        *named_primary_key("orders"),
        migrations.CreateModel(
            name="OrderLineRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        to="orders.orderrow",
                        on_delete=models.DO_NOTHING,
                        related_name="lines",
                        db_constraint=False,
                        db_index=False,
                        db_comment="The order",
                    ),
                ),
                ("position", models.IntegerField(db_comment="Place in the order, from 0")),
                (
                    "product",
                    models.ForeignKey(
                        to="products.productrow",
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        db_constraint=False,
                        db_index=False,
                        db_comment="The product",
                    ),
                ),
                ("quantity", models.IntegerField(db_comment="Pieces")),
                (
                    "unit_price",
                    models.BigIntegerField(
                        db_comment="Price of one piece when ordered, in minor units"
                    ),
                ),
            ],
            options={
                "verbose_name": "order line",
                "db_table": "order_lines",
                "db_table_comment": "Products in orders, at the price of the day",
                "constraints": [
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
                ],
                "indexes": [Index(fields=["product"], name="ix_order_lines_product_id")],
            },
        ),
        *named_primary_key("order_lines"),
    ]
