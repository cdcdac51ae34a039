"""What ``manage.py check`` finds out about this service beyond Django's own checks."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks

from ..settings import load_settings

_PACKAGE = __name__.partition(".")[0]
_GATE = f"{_PACKAGE}.web.middleware.GateMiddleware"
_FIRST_GUESSES = {"admin", "administration", "administrator", "backend", "backoffice", "manage"}


def check_every_slice_is_mounted(
    app_configs: Iterable[AppConfig] | None, **_: Any
) -> list[checks.CheckMessage]:
    """A slice with routes that ``web/router.py`` does not name answers nothing."""
    from .router import SLICES  # noqa: PLC0415 - routes can be imported only once all apps are loaded

    found = apps.get_app_configs() if app_configs is None else app_configs
    ours = [app for app in found if app.name.startswith(f"{_PACKAGE}.")]
    return [
        checks.Error(
            f"The routes of '{app.label}' are not mounted.",
            hint="Add its router to SLICES in web/router.py.",
            id="web.E001",
        )
        for app in ours
        if find_spec(f"{app.name}.routes")
        and import_module(f"{app.name}.routes").router not in SLICES
    ]


def check_gate_comes_first(**_: Any) -> list[checks.CheckMessage]:
    """What stands before the gate would deal with requests that it has not let in."""
    if settings.MIDDLEWARE[:1] == [_GATE]:
        return []
    return [
        checks.Error(
            "The gate is not the first middleware.",
            hint=f"Begin MIDDLEWARE with '{_GATE}'.",
            id="web.E002",
        )
    ]


def check_admin_path(**_: Any) -> list[checks.CheckMessage]:
    """In production the admin pages should not be where everybody looks first."""
    if load_settings().admin_prefix not in _FIRST_GUESSES:
        return []
    return [
        checks.Warning(
            "The admin pages are at an address that everybody tries first.",
            hint="Choose another ADMIN_PATH.",
            id="web.W001",
        )
    ]
