"""The admin pages as a whole: who enters them is noted."""

from typing import Any

import structlog
from django.http import HttpResponse

from ..accounts.admin_trail import record_log_in, recorded_change
from ..settings import SERVICE_NAME
from .admin_limits import LimitedAdminSite

log = structlog.get_logger(__name__)


class AdminPages(LimitedAdminSite):
    """Django's admin site. Log-ins and changed passwords leave an entry in the audit trail."""

    site_header = site_title = SERVICE_NAME
    site_url = None  # there is no other site to view

    def login(self, request: Any, extra_context: Any = None) -> HttpResponse:
        """The page to log in by."""
        before = request.user.pk
        response = super().login(request, extra_context)
        if request.user.pk not in {None, before}:
            record_log_in(request)
        elif request.method == "POST":
            log.warning("admin.log_in_refused")
        return response

    def password_change(self, request: Any, extra_context: Any = None) -> Any:
        """The page to change one's own password by."""
        if request.method != "POST":
            return super().password_change(request, extra_context)
        with recorded_change(request, request.user.pk):
            return super().password_change(request, extra_context)
