"""The admin pages of jobs."""

from django.contrib import admin

from ..core.admin import ReadOnlyAdmin
from .models import JobRow, JobScheduleRow
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


@admin.register(JobScheduleRow)
class JobScheduleAdmin(ReadOnlyAdmin):
    """When jobs are due that come again and again."""

    permission = MANAGE
    list_display = ("name", "due_at")
    ordering = ("name",)
