"""The core as Django sees it."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Tables that belong to no slice."""

    name = __package__
    label = "core"
