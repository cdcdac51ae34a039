"""The admin pages of the audit trail."""

from django.contrib import admin

from ..core.admin import ReadOnlyAdmin
from .models import AuditEntryRow
from .service import READ


@admin.register(AuditEntryRow)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to which object."""

    permission = READ
    list_display = ("occurred_at", "action", "object_type", "object_id", "actor_id")
    search_fields = ("action__exact", "object_id__exact", "actor_id__exact")
    search_help_text = "An action, or the id of an object or of who did it"
    ordering = ("-occurred_at", "-id")
