"""The admin pages of products."""

from django.contrib import admin

from ..core.admin import ReadOnlyAdmin
from .models import ProductRow


@admin.register(ProductRow)
class ProductAdmin(ReadOnlyAdmin):
    """Products, the deleted ones too."""

    list_display = ("sku", "name", "price", "currency", "stock", "created_at", "deleted_at")
    list_filter = ("currency", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("sku__exact", "name__exact")
    search_help_text = 'A whole SKU, or a whole name in "quotes"'
    ordering = ("-created_at", "-id")
