"""The admin pages of orders."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ..core.admin import ReadOnlyAdmin
from .models import OrderRow


@admin.register(OrderRow)
class OrderAdmin(ReadOnlyAdmin):
    """Orders with their lines. Lines have a key of two columns, for which Django makes no pages of their own."""

    list_display = ("id", "status", "total", "currency", "customer_id", "created_at")
    list_filter = ("status", "currency")
    search_fields = ("id__exact", "customer_id__exact")
    search_help_text = "Id of an order or of a customer"
    ordering = ("-created_at", "-id")
    readonly_fields = ("lines",)

    @admin.display(description="lines")
    def lines(self, order: OrderRow) -> SafeString:
        """What was bought, at which price."""
        return format_html_join(
            "",
            "<div>{} x {} at {} {}</div>",
            (
                (line.quantity, line.product.sku, line.unit_price, order.currency)
                for line in order.lines.select_related("product").order_by("position")
            ),
        )
