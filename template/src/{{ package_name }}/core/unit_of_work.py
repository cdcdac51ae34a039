"""Transactions as services see them.

A service opens a unit of work around a use case and closes it again; nothing else does. What a unit
of work offers (``work.products``, ``work.orders``) each service states as a protocol of its own, so
that services know neither one another nor the database.
"""

from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Work_co = TypeVar("Work_co", covariant=True)


class Transactions(Protocol[Work_co]):
    """Opens units of work."""

    def reading(self) -> AbstractContextManager[Work_co]:
        """For queries. Each statement sees what is committed when it starts."""
        ...

    def writing(self) -> AbstractContextManager[Work_co]:
        """For changes. Leaving it commits; an exception on the way out rolls everything back.

        Opened inside another one, it joins that one: all is committed together or not at all.
        """
        ...
