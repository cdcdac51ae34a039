"""Initial schema of products.

Purpose: the table that the slice starts with.
Impact: a new table only.
Locking: none; nothing exists yet.
Rollback: drops the table with all it holds.
"""

from django.db import migrations, models

from ...core.dialect import (
    BinaryTextField,
    UuidField,
    live_columns,
    live_indexes,
    named_primary_key,
    unique_among_live,
)
from ...core.tables import Index


class Migration(migrations.Migration):
    """Create the table."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="ProductRow",
            fields=[
                (
                    "id",
                    UuidField(primary_key=True, serialize=False, db_comment="UUID of version 7"),
                ),
                (
                    "sku",
                    BinaryTextField(
                        max_length=64, db_comment="Stock keeping unit, unique among live rows"
                    ),
                ),
                ("name", BinaryTextField(max_length=200, db_comment="Name for people")),
                (
                    "price",
                    models.BigIntegerField(db_comment="Price of one piece, in minor units"),
                ),
                (
                    "currency",
                    models.CharField(max_length=3, db_comment="ISO 4217 code of the price"),
                ),
                ("stock", models.BigIntegerField(db_comment="Pieces on hand")),
                ("version", models.IntegerField(db_comment="Grows by one with every change")),
                ("created_at", models.DateTimeField(db_comment="When it was created")),
                ("updated_at", models.DateTimeField(db_comment="When it was last changed")),
                (
                    "deleted_at",
                    models.DateTimeField(
                        null=True, db_comment="When it was deleted; null while live"
                    ),
                ),
                *live_columns("sku", 64),
            ],
            options={
                "verbose_name": "product",
                "db_table": "products",
                "db_table_comment": "What is for sale",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(price__gte=0), name="ck_products_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(stock__gte=0), name="ck_products_stock_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(version__gte=1), name="ck_products_version_positive"
                    ),
                    unique_among_live("products", "sku"),
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="ix_products_created_at_id"),
                    Index(fields=["name", "id"], name="ix_products_name_id"),
                    Index(fields=["price", "id"], name="ix_products_price_id"),
                    Index(fields=["stock"], name="ix_products_stock"),
                    *live_indexes("products", "sku"),
                ],
            },
        ),
        *named_primary_key("products"),
    ]
