"""The admin pages of jobs."""

from django.contrib import admin

from ..core.admin import ReadOnlyAdmin
from .models import JobRow
from .service import MANAGE


@admin.register(JobRow)
class JobAdmin(ReadOnlyAdmin):
    """Jobs, without what they were given: that is encrypted, and may be personal."""

    permission = MANAGE
    exclude = ("payload",)
    list_display = ("id", "kind", "status", "attempts", "due_at", "finished_at", "error")
    list_filter = ("status",)
    search_fields = ("id__exact",)
    search_help_text = "Id of a job"
    ordering = ("-id",)
