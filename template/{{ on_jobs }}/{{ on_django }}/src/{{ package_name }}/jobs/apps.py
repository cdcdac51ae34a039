"""Jobs as Django sees them."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """What is done after the request that asked for it."""

    name = __package__
    label = "jobs"
