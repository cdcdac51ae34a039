"""How sensitive the columns are: each table says it of every column, next to the columns themselves.

``docs/schema.md`` shows it, and tests hold it against what is done with the values: nothing that is
personal or secret gets into a log, nothing that is secret into an answer or, as it is, into the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Sensitivity(StrEnum):
    """What could be done with the values of a column."""

    PUBLIC = "public"
    """Nothing: they say of nobody who it is, and open nothing. Identifiers are public; logs need them."""
    PERSONAL = "personal"
    """They say who somebody is, or how to reach them."""
    SECRET = "secret"  # noqa: S105 - a class, not a password
    """They open something, or may hold what does."""


@dataclass(frozen=True, slots=True)
class ColumnClass:
    """What a table says of a column.

    Attributes:
        sensitivity: of its values.
        hashed: whether it holds hashes only. That a column is encrypted, its type says.
    """

    sensitivity: Sensitivity
    hashed: bool = False


Classes = Mapping[str, ColumnClass]
"""The classes of a table's columns, by the columns' names in the database."""


def classify(
    *, public: str = "", personal: str = "", hashed: str = "", encrypted: str = ""
) -> Classes:
    """Say how sensitive each column of a table is. Names are separated by blanks.

    Args:
        public: columns whose values harm nobody.
        personal: those that say who somebody is. They may be encrypted too.
        hashed: secrets, stored as hashes.
        encrypted: secrets, stored encrypted. There is no other way to store one.

    Raises:
        ValueError: a column has two classes.

    >>> classify(public="id", hashed="key_hash")["key_hash"]
    ColumnClass(sensitivity=<Sensitivity.SECRET: 'secret'>, hashed=True)
    """
    said = (
        (public, ColumnClass(Sensitivity.PUBLIC)),
        (personal, ColumnClass(Sensitivity.PERSONAL)),
        (hashed, ColumnClass(Sensitivity.SECRET, hashed=True)),
        (encrypted, ColumnClass(Sensitivity.SECRET)),
    )
    found: dict[str, ColumnClass] = {}
    for names, column_class in said:
        for name in names.split():
            if name in found:
                raise ValueError(f"the column {name} has two classes")
            found[name] = column_class
    return MappingProxyType(found)
