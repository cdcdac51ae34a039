"""The audit trail as Django sees it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what to which object."""

    name = __package__
    label = "audit"
