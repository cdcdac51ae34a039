"""The table of products."""

from django.db import models

from ..core.dialect import (
    BinaryTextField,
    UuidField,
    live_columns,
    live_indexes,
    unique_among_live,
)
from ..core.sensitivity import classify
from ..core.tables import Index


class ProductRow(models.Model):
    """Products, live and deleted."""

    classes = classify(
        public="id sku name price currency stock version created_at updated_at deleted_at"
    )

    id = UuidField(primary_key=True, db_comment="UUID of version 7")
    sku = BinaryTextField(max_length=64, db_comment="Stock keeping unit, unique among live rows")
    name = BinaryTextField(max_length=200, db_comment="Name for people")
    price = models.BigIntegerField(db_comment="Price of one piece, in minor units")
    currency = models.CharField(max_length=3, db_comment="ISO 4217 code of the price")
    stock = models.BigIntegerField(db_comment="Pieces on hand")
    version = models.IntegerField(db_comment="Grows by one with every change")
    created_at = models.DateTimeField(db_comment="When it was created")
    updated_at = models.DateTimeField(db_comment="When it was last changed")
    deleted_at = models.DateTimeField(null=True, db_comment="When it was deleted; null while live")

    class Meta:
        db_table = "products"
        db_table_comment = "What is for sale"
        verbose_name = "product"
        constraints = [
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
        ]
        indexes = [
            Index(fields=["created_at", "id"], name="ix_products_created_at_id"),
            Index(fields=["name", "id"], name="ix_products_name_id"),
            Index(fields=["price", "id"], name="ix_products_price_id"),
            Index(fields=["stock"], name="ix_products_stock"),
            *live_indexes("products", "sku"),
        ]

    def __str__(self) -> str:
        return str(self.sku)


for _name, _column in live_columns("sku", 64):
    ProductRow.add_to_class(_name, _column)
