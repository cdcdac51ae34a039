"""The web layer as Django sees it."""

import logging

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core import checks

from .checks import (
    check_admin_path,
    check_every_slice_is_mounted,
    check_gate_comes_first,
)


class AdminPagesConfig(admin.AdminConfig):
    """Django's admin, with a site of our own."""

    default = False
    default_site = f"{__package__}.admin_site.AdminPages"


class WebConfig(AppConfig):
    """Routes and what surrounds them; no tables."""

    name = __package__
    label = "web"

    def ready(self) -> None:
        """Register our own checks, leave the log line of each request to the boundary."""
        checks.register(check_every_slice_is_mounted)
        checks.register(check_gate_comes_first)
        checks.register(check_admin_path, checks.Tags.security, deploy=True)
        logging.getLogger("django.request").setLevel(logging.CRITICAL)
        logging.getLogger("django.db.backends").setLevel(logging.INFO)  # below, it logs values
