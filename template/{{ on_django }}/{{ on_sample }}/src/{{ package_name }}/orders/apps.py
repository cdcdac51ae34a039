"""Orders as Django sees them."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """What was ordered."""

    name = __package__
    label = "orders"
