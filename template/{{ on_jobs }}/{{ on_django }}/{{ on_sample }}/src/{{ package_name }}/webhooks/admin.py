"""The admin pages of webhook subscriptions."""

from django.contrib import admin

from ..core.admin import ReadOnlyAdmin
from .models import SubscriptionRow


@admin.register(SubscriptionRow)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Everybody's subscriptions, without what is encrypted: where to, and what signs."""

    exclude = ("url", "signing_secret", "old_signing_secret")
    list_display = ("id", "owner_id", "event_types", "description", "disabled_at", "created_at")
    list_filter = (("disabled_at", admin.EmptyFieldListFilter),)
    search_fields = ("id__exact", "owner_id__exact")
    search_help_text = "Id of a subscription or of its owner"
    ordering = ("-id",)
