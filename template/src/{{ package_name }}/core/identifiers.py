"""Identifiers of everything the service stores: UUIDs of version 7 (RFC 9562), which sort by time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier. Later ones sort after earlier ones, which keeps index pages dense."""
    return uuid7()
