"""Knows callers by the API key that they show."""

from datetime import timedelta

from ..core.actor import Actor
from ..core.authentication import InvalidCredentials
from ..core.clock import Clock
from ..core.unit_of_work import Transactions
from .entities import Holder
from .ports import AccountsWork
from .secrets import digest, prefix_of, same

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class KeyAuthenticator:
    """Looks API keys up with every request, so that one that was taken back is useless at once.

    Args:
        transactions: opens units of work.
        clock: tells the time.
    """

    def __init__(self, *, transactions: Transactions[AccountsWork], clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def authenticate(self, api_key: str) -> Actor:
        """The actor that this key belongs to.

        Raises:
            InvalidCredentials: it is not valid, or not any more.
        """
        prefix = prefix_of(api_key)
        if prefix is None:
            raise InvalidCredentials
        now = self._clock.now()
        with self._transactions.reading() as work:
            found = work.api_keys.find_with_holder(prefix)
        if found is None or not same(digest(api_key), found[0].key_hash):
            raise InvalidCredentials
        key, holder = found[0], active(found[1])
        if not key.lives(now=now):
            raise InvalidCredentials
        if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
            with self._transactions.writing() as work:
                work.api_keys.touch(key.id, now=now)
        return Actor(id=holder.user_id, roles=holder.roles, scopes=key.scopes)


def active(holder: Holder) -> Holder:
    """The holder of a credential, if its account may be used.

    Raises:
        InvalidCredentials: it may not.
    """
    if not holder.is_active:
        raise InvalidCredentials
    return holder
