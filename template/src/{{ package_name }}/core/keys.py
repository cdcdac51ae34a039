"""Keys for everything that is signed: each made for one purpose, known by an id, and exchangeable.

All of them follow from ``SECRET_KEY``. While that is being exchanged, ``SECRET_KEY_PREVIOUS`` keeps what
was signed before valid; ``docs/security.md`` says how.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings


PLACEHOLDER = "change-me"
"""Stands in the examples of settings, where a value of one's own has to be."""
LEAST_VARIETY = 8
"""Different characters of a key. A random one has more, in any usual spelling."""


def problem_of_key(key: str) -> str | None:
    """Why a key of the settings is not for production: the end of a sentence, or ``None``."""
    if PLACEHOLDER in key:
        return "is still a placeholder"
    if len(set(key)) < LEAST_VARIETY:
        return f"has fewer than {LEAST_VARIETY} different characters"
    return None


@dataclass(frozen=True, slots=True)
class Key:
    """A key for one purpose.

    Attributes:
        id: tells keys of one purpose apart; gives nothing away.
        secret: 32 bytes.
    """

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one purpose.

    Attributes:
        current: signs, and verifies.
        previous: verifies only; ``None`` if there is none.
    """

    current: Key
    previous: Key | None = None

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key that verifies, the current one first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)

    def named(self, identifier: object) -> Key | None:
        """The key with this id, if it is one of them."""
        return next((key for key in self.all if key.id == identifier), None)


class Secrets:
    """Makes the keys of each purpose.

    Args:
        current: ``SECRET_KEY``.
        previous: ``SECRET_KEY_PREVIOUS``.
    """

    def __init__(self, current: str, previous: str | None = None) -> None:
        self._current = current
        self._previous = previous

    @classmethod
    def of(cls, settings: "Settings") -> "Secrets":
        """Those that the settings hold."""
        previous = settings.secret_key_previous
        return cls(
            settings.secret_key.get_secret_value(),
            None if previous is None else previous.get_secret_value(),
        )

    def ring(self, purpose: str) -> KeyRing:
        """The keys for a purpose. What was signed for one says nothing about another.

        >>> secrets = Secrets("a-long-secret")
        >>> secrets.ring("cursors").current == secrets.ring("idempotency-keys").current
        False
        """
        previous = None if self._previous is None else _derived(self._previous, purpose)
        return KeyRing(current=_derived(self._current, purpose), previous=previous)


def _derived(secret: str, purpose: str) -> Key:
    """One step of HKDF-Expand (RFC 5869): the secret is long and random, so it needs no extraction."""
    key = hmac.new(secret.encode(), f"{purpose}\x01".encode(), hashlib.sha256).digest()
    return Key(id=hashlib.sha256(key).hexdigest()[:12], secret=key)
