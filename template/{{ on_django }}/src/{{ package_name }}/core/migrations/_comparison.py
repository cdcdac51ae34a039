"""Compares a live schema with the models: table by table, column by column, rule by rule."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db.models import Field, Model

from .. import dialect
from ..append_only import LIVE_TRIGGERS
from ..audit_triggers import lost_triggers
from ..database import Connection

_HISTORY = "django_migrations"
_PACKAGE = __name__.removesuffix(".core.migrations._comparison")

Columns = tuple[str, ...]


def differences(connection: Connection) -> list[str]:
    """What the schema has, lacks or has otherwise than the models, each in a sentence."""
    models = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    with connection.cursor() as cursor:
        live = set(connection.introspection.table_names(cursor)) - {_HISTORY}
        found = [f"{name}: the table is missing" for name in sorted(models.keys() - live)]
        found += [
            f"{name}: there is no model of this table" for name in sorted(live - models.keys())
        ]
        # What Django's own tables look like is its own affair, and changes with its version.
        for name in sorted(models.keys() & live):
            if models[name].__module__.startswith(f"{_PACKAGE}."):
                found += _columns(connection, cursor, models[name])
                found += _rules(connection, cursor, models[name])
        cursor.execute(LIVE_TRIGGERS)
        found += lost_triggers(name for (name,) in cursor.fetchall())
    return found


def _columns(connection: Connection, cursor: Any, model: type[Model]) -> Iterator[str]:
    table = model._meta.db_table
    types = dialect.column_types(cursor, table)
    nulls = {
        column.name: column.null_ok
        for column in connection.introspection.get_table_description(cursor, table)
    }
    fields: dict[str, Field[Any, Any]] = {
        field.column: field for field in model._meta.local_fields if field.column is not None
    }
    for name in sorted(fields.keys() - types.keys()):
        yield f"{table}.{name}: the column is missing"
    for name in sorted(types.keys() - fields.keys()):
        yield f"{table}.{name}: the model has no such column"
    for name in sorted(fields.keys() & types.keys()):
        expected = dialect.type_name(fields[name].db_type(connection) or "")
        if types[name] != expected:
            yield f"{table}.{name}: is {types[name]}, and should be {expected}"
        # A column that the database computes says nothing about nulls of its own.
        if nulls[name] != fields[name].null and not getattr(fields[name], "generated", False):
            yield f"{table}.{name}: may{'' if nulls[name] else ' not'} be null, unlike in the model"


def _rules(connection: Connection, cursor: Any, model: type[Model]) -> Iterator[str]:
    """Constraints and indexes: those with names of ours by name, what a field implies by its columns."""
    table = model._meta.db_table
    live = connection.introspection.get_constraints(cursor, table)
    named = {one.name for one in (*model._meta.indexes, *model._meta.constraints)}
    # Not every engine gives foreign keys and checks a name.
    hidden = {
        one.name
        for one in model._meta.constraints
        if hasattr(one, "on_delete")
        and not any(live[name]["foreign_key"] for name in live if name == one.name)
    }
    for name in sorted(named - live.keys() - hidden):
        yield f"{table}: {name} is missing"
    implied = _implied(model)
    for name in sorted(live.keys() - named):
        rule = live[name]
        # Neither an index nor unique are checks, and what some engines keep for NOT NULL.
        narrows = rule["unique"] or rule["index"]
        if rule["primary_key"] or rule["foreign_key"] or not narrows:
            continue
        if tuple(rule["columns"] or ()) not in implied:
            yield f"{table}: the model has no {name}"


def _implied(model: type[Model]) -> Sequence[Columns]:
    """The columns that Django indexes without being told a name."""
    options = model._meta
    single = [
        (field.column,)
        for field in options.local_fields
        if field.column and (field.unique or getattr(field, "db_index", False))
    ]
    together = [
        tuple(str(options.get_field(name).column) for name in names)  # type: ignore[union-attr]
        for names in options.unique_together
    ]
    return [*single, *together]
