"""The encrypted columns of every table, values as they are stored: the only place with queries over all of them."""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Connection, and_, or_, select, update

from .reencryption import StoredValue
from .tables import Base, EncryptedText


class SqlEncryptedColumns:
    """Finds them by their type."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def places(self) -> Sequence[str]:
        """In the order of their names."""
        return sorted(
            str(column)
            for table in Base.metadata.tables.values()
            for column in table.columns
            if isinstance(column.type, EncryptedText)
        )

    def values(self, place: str, *, after: StoredValue | None, limit: int) -> Sequence[StoredValue]:
        """One statement. It locks nothing: :meth:`replace` sees whether a value has changed since."""
        column = _column(place)
        key = list(column.table.primary_key.columns)
        statement = select(*key, column).where(column.is_not(None)).order_by(*key).limit(limit)
        if after is not None:
            statement = statement.where(_beyond(key, after))
        names = [one.name for one in key]
        return [
            StoredValue(row=dict(zip(names, row, strict=False)), stored=row[-1])
            for row in self._connection.execute(statement)
        ]

    def replace(self, place: str, value: StoredValue, stored: str) -> bool:
        """By primary key, if the value is still there."""
        column = _column(place)
        statement = (
            update(column.table)
            .where(*(column.table.columns[name] == part for name, part in value.row.items()))
            .where(column == value.stored)
            .values({column: stored})
        )
        return self._connection.execute(statement).rowcount == 1


def _column(place: str) -> Column[str]:
    table, _, name = place.rpartition(".")
    return Base.metadata.tables[table].columns[name]


def _beyond(key: Sequence[Column[object]], last: StoredValue) -> ColumnElement[bool]:
    """The rows behind one. Written so that every engine turns it into a range on the index of the key."""
    first, *rest = key
    position = last.row[first.name]
    beyond: ColumnElement[bool] = first > position
    return and_(first >= position, or_(beyond, _beyond(rest, last))) if rest else beyond
