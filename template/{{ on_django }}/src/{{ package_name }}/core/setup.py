"""Gets Django ready: models can be imported only once it has read its settings and knows its apps."""

import django
from django.apps import apps

from ..settings import export_to_children

_PACKAGE = __name__.removesuffix(".core.setup")


def set_up() -> None:
    """Let Django read its settings and load its apps, once in each process.

    Raises:
        ConfigurationError: the environment does not describe a service that may start.
    """
    # While apps are being loaded, they import what calls this.
    if not apps.models_ready and not apps.loading:
        export_to_children({"DJANGO_SETTINGS_MODULE": f"{_PACKAGE}.django_settings"})
        django.setup()
