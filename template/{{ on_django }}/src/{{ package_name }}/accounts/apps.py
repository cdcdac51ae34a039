"""Accounts as Django sees them."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who may enter the admin pages."""

    name = __package__
    label = "accounts"
