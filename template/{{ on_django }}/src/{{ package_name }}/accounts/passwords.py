"""Passwords are hashed by Django's hashers, so that the admin pages know the same ones."""

from django.contrib.auth import hashers
from django.contrib.auth.hashers import Argon2PasswordHasher

MEMORY_KIB = 47104
"""Memory of one computation: 46 MiB, as the OWASP Password Storage Cheat Sheet puts first."""
TIME_COST = 2
"""Passes over that memory; OWASP asks for one."""
PARALLELISM = 1
"""Threads of one computation: requests are what runs in parallel here."""


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id (RFC 9106), first in ``PASSWORD_HASHERS``: slow, and in want of memory, on purpose."""

    memory_cost = MEMORY_KIB
    time_cost = TIME_COST
    parallelism = PARALLELISM


class Argon2Passwords:
    """Hashes passwords with Argon2id. A stored hash names its own costs, so they can be raised at any time."""

    def hash(self, password: str) -> str:
        """A new hash, with a salt of its own."""
        return hashers.make_password(password)

    def matches(self, password: str, stored: str) -> bool:
        """Whether the hash is of this password; what no hasher made is of none."""
        return hashers.check_password(password, stored)

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with another algorithm or another cost than today's."""
        try:
            made_with = hashers.identify_hasher(stored)
        except ValueError:
            return True
        todays = hashers.get_hasher()
        return made_with.algorithm != todays.algorithm or todays.must_update(stored)

    def waste(self, password: str) -> None:
        """Take the time of :meth:`matches`: making a hash and comparing one are the same computation."""
        hashers.make_password(password)
