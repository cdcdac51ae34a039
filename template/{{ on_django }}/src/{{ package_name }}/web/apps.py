"""The web layer as Django sees it."""

import logging

from django.apps import AppConfig
from django.contrib import admin
from django.core import checks

from ..settings import SERVICE_NAME
from .checks import check_admin_path, check_every_slice_is_mounted


class WebConfig(AppConfig):
    """Routes and what surrounds them; no tables."""

    name = __package__
    label = "web"

    def ready(self) -> None:
        """Register our own checks, name the admin pages, leave the log line of each request to the boundary."""
        checks.register(check_every_slice_is_mounted)
        checks.register(check_admin_path, checks.Tags.security, deploy=True)
        logging.getLogger("django.request").setLevel(logging.CRITICAL)
        logging.getLogger("django.db.backends").setLevel(logging.INFO)  # below, it logs values
        admin.site.site_header = admin.site.site_title = SERVICE_NAME
        admin.site.site_url = None  # there is no other site to view
