"""The tables as the code declares them: indexed, related, described, guarded."""

import importlib
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from .source import PACKAGE, slices
from scripts.described import DescribedColumn, DescribedTable
from scripts.tables import described_tables

# The table that a list reads, where it is not called like its slice.
LISTED = {"ApiKeyQuery": "api_keys", "AuditQuery": "audit_entries", "UserQuery": "users"}
# Lists of the caller's own rows: the column that says whose they are stands before all others.
OWNED = {"api_keys": ["user_id"]}


def declared() -> list[DescribedTable]:
    """The tables of the core and of every slice."""
    for name in slices():
        importlib.import_module(f"{PACKAGE}.{name}.models")
    found = described_tables()
    assert found, "there is no table"
    return found


def leading_columns(table: DescribedTable) -> set[str]:
    """The columns that an index, a unique constraint or the primary key begins with."""
    return {key[0] for key in table.keys if key}


def without_index(tables: list[DescribedTable]) -> list[str]:
    """Foreign keys that no index begins with."""
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.target and column.name not in leading_columns(table)
    ]


def searched_columns() -> list[tuple[str, str]]:
    """Every table and column that a list filters or sorts by, as its query schema says."""
    base: Any = importlib.import_module(f"{PACKAGE}.core.pagination").ListQuery
    found = []
    for name in slices():
        importlib.import_module(f"{PACKAGE}.{name}.schemas")
        for schema in base.__subclasses__():
            if schema.__module__ != f"{PACKAGE}.{name}.schemas":
                continue
            fields: dict[str, Any] = schema.model_fields
            orders = {str(one).removeprefix("-") for one in get_args(fields["sort"].annotation)}
            filters = {
                re.sub(r"^(min|max|from|to)_", "", one)
                for one in fields.keys() - {"limit", "cursor", "sort"}
            }
            table = LISTED.get(schema.__name__, name)
            found += [(table, field) for field in sorted(orders | filters)]
    return found


@pytest.mark.rule("DB-05")
def test_every_foreign_key_leads_an_index() -> None:
    assert without_index(declared()) == []


@pytest.mark.rule("DB-05")
def test_a_planted_foreign_key_without_an_index_is_found() -> None:
    column = DescribedColumn("parent_id", "INTEGER", "Whose it is", target="parents")
    children = DescribedTable(
        "children", "Children", [column], rules=[], keys=[["id", "parent_id"]]
    )

    assert without_index([children]) == ["children.parent_id"]
    assert without_index([replace(children, keys=[["parent_id", "id"]])]) == []


@pytest.mark.rule("DB-05")
def test_every_filter_and_sort_leads_an_index() -> None:
    tables = {table.name: table for table in declared()}
    bare = []
    for table, column in searched_columns():
        first = [*OWNED.get(table, []), column]
        if first not in [key[: len(first)] for key in tables[table].keys]:
            bare.append(f"{table}.{column}")

    assert bare == []


@pytest.mark.rule("DB-12")
def test_every_foreign_key_says_what_a_deletion_does() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in declared()
        for column in table.columns
        if column.target and column.on_delete not in {"CASCADE", "RESTRICT", "SET NULL"}
    ]

    assert silent == []


@pytest.mark.rule("DOC-06")
def test_every_table_and_column_is_described() -> None:
    tables = declared()
    silent = [table.name for table in tables if not table.comment]
    silent += [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if not column.comment
    ]

    assert silent == []


@pytest.mark.rule("DB-11")
def test_every_table_has_a_key_and_numbers_have_a_check() -> None:
    tables = declared()
    checked = {
        table.name: " ".join(rule for rule in table.rules if ": check " in rule) for table in tables
    }
    amounts = {"price", "stock", "total", "quantity", "unit_price", "version"}

    assert [table.name for table in tables if not any(one.primary for one in table.columns)] == []
    assert [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.name in amounts and column.name not in checked[table.name]
    ] == []
