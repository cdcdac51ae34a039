"""The encrypted columns of every table, values as they are stored: the only place with queries over all of them."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, Q, QuerySet

from .database import Connection
from .reencryption import StoredValue
from .tables import EncryptedTextField


class SqlEncryptedColumns:
    """Finds them by their fields."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def places(self) -> Sequence[str]:
        """In the order of their names."""
        return sorted(_fields())

    def values(self, place: str, *, after: StoredValue | None, limit: int) -> Sequence[StoredValue]:
        """One statement. It locks nothing: :meth:`replace` sees whether a value has changed since."""
        model, field = _fields()[place]
        names = [str(one.attname) for one in model._meta.pk_fields]
        rows = self._rows(model).exclude(**{field.attname: None}).order_by(*names)
        if after is not None:
            rows = rows.filter(_beyond(names, after))
        return [
            StoredValue(row=dict(zip(names, row, strict=False)), stored=row[-1])
            for row in rows.values_list(*names, field.attname)[:limit]
        ]

    def replace(self, place: str, value: StoredValue, stored: str) -> bool:
        """By primary key, if the value is still there."""
        model, field = _fields()[place]
        row = self._rows(model).filter(**value.row, **{field.attname: value.stored})
        return row.update(**{field.attname: stored}) == 1

    def _rows(self, model: type[Model]) -> "QuerySet[Model]":
        return QuerySet(model, using=self._connection.alias)


def _fields() -> "dict[str, tuple[type[Model], Field[Any, Any]]]":
    return {
        f"{model._meta.db_table}.{field.column}": (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    }


def _beyond(names: Sequence[str], last: StoredValue) -> Q:
    """The rows behind one. Written so that every engine turns it into a range on the index of the key."""
    first, *rest = names
    position = last.row[first]
    beyond = Q((f"{first}__gt", position))
    return Q((f"{first}__gte", position)) & (beyond | _beyond(rest, last)) if rest else beyond
