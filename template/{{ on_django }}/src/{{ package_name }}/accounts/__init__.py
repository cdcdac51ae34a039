"""Accounts: the people who may enter the admin pages."""
