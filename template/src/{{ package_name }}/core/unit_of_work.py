"""Transactions as services see them.

A service opens a unit of work around a use case and closes it again; nothing else does. What a unit
of work offers (``work.products``, ``work.orders``) each service states as a protocol of its own, so
that services know neither one another nor the database.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

REMOVED_AT_ONCE = 1000
"""Rows that one unit of work of a purge removes, so that none runs into the statement timeout."""

Work = TypeVar("Work")
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


def remove_in_batches(
    transactions: Transactions[Work],
    remove: Callable[[Work, int], int],
    *,
    at_once: int | None = None,
) -> int:
    """Remove rows until none is left to remove, each batch in a unit of work of its own.

    Args:
        transactions: opens the units of work.
        remove: removes that many rows at the most; returns how many.
        at_once: rows of a batch, if not as many as usual.

    Returns:
        How many were removed.
    """
    limit, removed = at_once or REMOVED_AT_ONCE, 0
    while True:
        with transactions.writing() as work:
            count = remove(work, limit)
        removed += count
        if count < limit:
            return removed
