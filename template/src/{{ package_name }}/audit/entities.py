"""How long the trail is kept. Its entries are made in ``core/audit``, wherever something is done."""

from datetime import datetime, timedelta


def end_of_retention(*, now: datetime, retention: timedelta) -> datetime:
    """The moment before which entries may be removed.

    >>> end_of_retention(now=datetime(2026, 1, 31), retention=timedelta(days=30))
    datetime.datetime(2026, 1, 1, 0, 0)
    """
    return now - retention
