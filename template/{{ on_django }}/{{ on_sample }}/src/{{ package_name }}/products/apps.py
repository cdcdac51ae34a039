"""Products as Django sees them."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """What is for sale."""

    name = __package__
    label = "products"
