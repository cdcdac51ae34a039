"""Webhooks as Django sees them."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Others are told of events."""

    name = __package__
    label = "webhooks"
