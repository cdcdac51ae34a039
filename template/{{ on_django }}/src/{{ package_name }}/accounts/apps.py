"""Accounts as Django sees them."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Who may use the service, in the API and in the admin pages."""

    name = __package__
    label = "accounts"

    def ready(self) -> None:
        """Mirror the table of permissions after each migrate."""
        post_migrate.connect(_mirror_permissions, sender=self, dispatch_uid=__name__)


def _mirror_permissions(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = all_apps, **_: Any) -> None:
    # They can be imported only once all apps are loaded.
    from ..permissions import PERMISSIONS  # noqa: PLC0415
    from .repository import SqlRoleRepository  # noqa: PLC0415

    # On the way back the tables go, and what is in them.
    if "user" in apps.all_models["accounts"] and "group" in apps.all_models["auth"]:
        SqlRoleRepository(connections[using]).mirror(PERMISSIONS)
