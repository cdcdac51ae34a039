"""Encrypts anew what is not under the present key: the second half of an exchange of ``SECRET_KEY``.

It works through every encrypted column there is in small units of work, so it can be stopped at any moment
and started again: what is done stays done, and is passed over. The service may run meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .actor import Actor
from .audit import AuditLog, audit_entry
from .authorisation import Policy, authorise
from .clock import Clock
from .encryption import Cipher, Unreadable
from .unit_of_work import Transactions
from .use_cases import use_case

REENCRYPT = "encryption:renew"

READ_AT_ONCE = 100
"""Values that one unit of work takes, so that none runs into the statement timeout."""


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A value of an encrypted column, as it is stored.

    Attributes:
        row: the primary key of its row, by column.
        stored: the encrypted value.
    """

    row: Mapping[str, Any]
    stored: str = field(repr=False)


class EncryptedColumns(Protocol):
    """The encrypted columns of the database, values as they are stored. Columns are called ``table.column``."""

    def places(self) -> Sequence[str]:
        """Every encrypted column there is."""
        ...

    def values(self, place: str, *, after: StoredValue | None, limit: int) -> Sequence[StoredValue]:
        """The next values of a column, in the order of the primary key. Nulls are left out.

        Args:
            place: the column.
            after: the last value that was seen.
            limit: how many at the most.
        """
        ...

    def replace(self, place: str, value: StoredValue, stored: str) -> bool:
        """Put another value in the place of one, unless that has changed since it was read.

        Returns:
            Whether it was replaced.
        """
        ...


class ReencryptionWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def audit(self) -> AuditLog:
        """The trail."""
        ...

    @property
    def encrypted(self) -> EncryptedColumns:
        """The encrypted columns."""
        ...


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a column.

    Attributes:
        place: the column.
        count: values that are under the present key since now.
        unreadable: rows whose value could not be decrypted, and why. It stays as it is.
    """

    place: str
    count: int
    unreadable: Sequence[str]


class Reencryption:
    """Brings every encrypted value under the present key.

    Args:
        transactions: opens units of work.
        policy: decides who may do it.
        clock: tells the time.
        cipher: knows the present key and the previous one.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[ReencryptionWork],
        policy: Policy,
        clock: Clock,
        cipher: Cipher,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._cipher = cipher

    @use_case("encryption.renew", changes=True)
    def run(self, *, actor: Actor) -> Sequence[Renewed]:
        """Encrypt anew what is not under the present key, and leave an entry that says so.

        Raises:
            Forbidden: the actor may not do it.
        """
        authorise(self._policy, actor, REENCRYPT)
        with self._transactions.writing() as work:
            places = work.encrypted.places()
            work.audit.record(
                audit_entry(
                    "encryption.renew",
                    actor=actor,
                    now=self._clock.now(),
                    subject=("encrypted_columns", None),
                    after={"columns": list(places), "mark": self._cipher.mark},
                )
            )
        return [self._renewed(place) for place in places]

    def _renewed(self, place: str) -> Renewed:
        count = 0
        unreadable: list[str] = []
        after: StoredValue | None = None
        while True:
            with self._transactions.writing() as work:
                found = work.encrypted.values(place, after=after, limit=READ_AT_ONCE)
                for value in found:
                    if value.stored.startswith(self._cipher.mark):
                        continue
                    try:
                        text = self._cipher.decrypt(value.stored, place=place)
                    except Unreadable as error:
                        unreadable.append(f"{_named(value)}: {error.reason}")
                        continue
                    stored = self._cipher.encrypt(text, place=place)
                    count += work.encrypted.replace(place, value, stored)
            if len(found) < READ_AT_ONCE:
                return Renewed(place=place, count=count, unreadable=unreadable)
            after = found[-1]


def _named(value: StoredValue) -> str:
    return ", ".join(f"{column} {part}" for column, part in value.row.items())
