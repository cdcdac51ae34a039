"""Passwords are hashed with Argon2id (RFC 9106), which is slow and wants memory on purpose."""

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MEMORY_KIB = 47104
"""Memory of one computation: 46 MiB, as the OWASP Password Storage Cheat Sheet puts first."""
TIME_COST = 2
"""Passes over that memory; OWASP asks for one."""
PARALLELISM = 1
"""Threads of one computation: requests are what runs in parallel here."""


class Argon2Passwords:
    """Hashes passwords with Argon2id. A stored hash names its own costs, so they can be raised at any time.

    Args:
        memory_kib: memory of one computation.
        time_cost: passes over it.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, time_cost: int = TIME_COST) -> None:
        self._hasher = PasswordHasher(
            memory_cost=memory_kib, time_cost=time_cost, parallelism=PARALLELISM, type=Type.ID
        )

    def hash(self, password: str) -> str:
        """A new hash, with a salt of its own."""
        return self._hasher.hash(password)

    def matches(self, password: str, stored: str) -> bool:
        """Whether the hash is of this password; what is no Argon2 hash is of none."""
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with another algorithm or another cost than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def waste(self, password: str) -> None:
        """Take the time of :meth:`matches`: making a hash and comparing one are the same computation."""
        self._hasher.hash(password)
