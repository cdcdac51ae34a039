"""What pages and checks need to know of a table, whatever it is declared with."""

from collections.abc import Sequence
from dataclasses import dataclass


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
    """

    name: str
    type: str
    comment: str
    nullable: bool = False
    primary: bool = False
    target: str | None = None
    on_delete: str | None = None
    computed: str | None = None


@dataclass(frozen=True)
class DescribedTable:
    """A table.

    Attributes:
        name: in the database.
        comment: what its rows are.
        columns: in the order of the table.
        rules: its constraints and indexes, each in a line.
        keys: the columns of its primary key, and of each index.
    """

    name: str
    comment: str
    columns: Sequence[DescribedColumn]
    rules: Sequence[str]
    keys: Sequence[Sequence[str]]


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
