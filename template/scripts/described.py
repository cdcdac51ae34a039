"""What pages and checks need to know of a table, whatever it is declared with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

SENSITIVITIES = ("public", "personal", "secret")
"""The classes of columns, the least sensitive first."""


@dataclass(frozen=True)
class DescribedColumn:
    """A column.

    Attributes:
        name: in the database.
        type: in the engine's words.
        comment: what it holds.
        nullable: whether it may be null.
        primary: whether it belongs to the primary key.
        target: the table that it points at.
        on_delete: what happens here when the row that it points at is deleted, in words of SQL.
        computed: the expression that the database computes it from.
        encrypted: whether its type takes encrypted values only.
        sensitivity: one of :data:`SENSITIVITIES`; empty if its table does not say.
        hashed: whether it holds hashes only.
    """

    name: str
    type: str
    comment: str
    nullable: bool = False
    primary: bool = False
    target: str | None = None
    on_delete: str | None = None
    computed: str | None = None
    encrypted: bool = False
    sensitivity: str = ""
    hashed: bool = False

    @property
    def column_class(self) -> str:
        """Its class for people: ``secret, hashed``."""
        ways = {"hashed": self.hashed, "encrypted": self.encrypted}
        return ", ".join([self.sensitivity, *(way for way, taken in ways.items() if taken)])


@dataclass(frozen=True)
class DescribedTable:
    """A table.

    Attributes:
        name: in the database.
        comment: what its rows are.
        columns: in the order of the table.
        rules: its constraints and indexes, each in a line.
        keys: the columns of its primary key, and of each index.
        unknown: names that it gives a class, and has no column of.
    """

    name: str
    comment: str
    columns: Sequence[DescribedColumn]
    rules: Sequence[str]
    keys: Sequence[Sequence[str]]
    unknown: Sequence[str] = ()


def classified(found: DescribedTable, classes: Mapping[str, Any]) -> DescribedTable:
    """A table with the classes that it gives its columns.

    Args:
        found: the table, without them.
        classes: by column, each with a ``sensitivity``, and ``hashed``. A computed column needs none: it is as
            sensitive as the columns that it is computed from.
    """
    columns = []
    for column in found.columns:
        sources = re.findall(r"\w+", column.computed) if column.computed else [column.name]
        said = [classes[name] for name in sources if name in classes]
        most = max(said, key=lambda one: SENSITIVITIES.index(one.sensitivity), default=None)
        given = {} if most is None else {"sensitivity": most.sensitivity, "hashed": most.hashed}
        columns.append(replace(column, **given))
    unknown = sorted(set(classes) - {column.name for column in columns})
    return replace(found, columns=columns, unknown=unknown)


def check(name: str, condition: str) -> str:
    """The line of a check."""
    return f"`{name}`: check `{condition}`"


def foreign_key(name: str, columns: Sequence[str], target: str) -> str:
    """The line of a foreign key."""
    return f"`{name}`: ({', '.join(columns)}) → `{target}`"


def index(name: str, columns: Sequence[str], *, unique: bool, where: str | None = None) -> str:
    """The line of an index."""
    kind = "unique index" if unique else "index"
    condition = f" where `{where}`" if where else ""
    return f"`{name}`: {kind} on ({', '.join(columns)}){condition}"
