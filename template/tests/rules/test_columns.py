"""How sensitive the columns are, and what follows from it: in logs, in answers, in the database."""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pydantic
import pytest
import structlog

from .source import PACKAGE, modules, slices
from scripts.described import DescribedColumn, DescribedTable
from scripts.tables import described_tables, other_tables
from tests.support.logs import recorded_logs

CANARY = "canary-4b1d9f"
PLAIN = DescribedColumn("iban", "TEXT", "Where to pay")
PLANTED = DescribedTable("people", "People", [PLAIN], rules=[], keys=[["iban"]])


def declared() -> list[DescribedTable]:
    """Every table of the database, whoever brought it along."""
    for name in slices():
        importlib.import_module(f"{PACKAGE}.{name}.models")
    found = [*described_tables(), *other_tables()]
    assert found, "there is no table"
    return found


def columns(tables: Iterable[DescribedTable]) -> Iterator[tuple[str, DescribedColumn]]:
    """Every column, with its full name."""
    for table in tables:
        for column in table.columns:
            yield f"{table.name}.{column.name}", column


def names(*sensitivities: str) -> set[str]:
    """The names of the columns of some classes."""
    found = {one.name for _, one in columns(declared()) if one.sensitivity in sensitivities}
    assert found, f"no column is {sensitivities}"
    return found


def without_class(tables: Iterable[DescribedTable]) -> list[str]:
    """Columns that have no class, and names that have one and are no columns."""
    tables = list(tables)
    bare = [place for place, column in columns(tables) if not column.sensitivity]
    return [*bare, *(f"{table.name}.{name}" for table in tables for name in table.unknown)]


def readable_secrets(tables: Iterable[DescribedTable]) -> list[str]:
    """Columns that hold secrets as they are."""
    return [
        place
        for place, column in columns(tables)
        if column.sensitivity == "secret" and not column.hashed and not column.encrypted
    ]


def schemas(kind: Any) -> Iterator[Any]:
    """Every schema below one."""
    for found in kind.__subclasses__():
        yield found
        yield from schemas(found)


def response_schemas() -> list[Any]:
    """What the service answers with. The envelope around it is none of them."""
    for name in slices():
        importlib.import_module(f"{PACKAGE}.{name}.schemas")
    base = importlib.import_module(f"{PACKAGE}.core.schema").ResponseSchema
    return list(schemas(base))


def shown(found: Iterable[Any], secret: set[str]) -> list[str]:
    """Fields of schemas that are called like a secret column."""
    return [
        f"{schema.__name__}.{name}"
        for schema in found
        for name in schema.model_fields
        if name in secret
    ]


def logged(fields: Iterable[str]) -> list[str]:
    """Those names whose values get into a log line or an entry of the audit trail."""
    masked = importlib.import_module(f"{PACKAGE}.core.masking").masked
    found = []
    for name in sorted(fields):
        with recorded_logs(level="INFO") as logs:
            structlog.get_logger("shop").info("row.changed", **{name: CANARY}, row={name: CANARY})
        assert "row.changed" in logs.text()
        if CANARY in logs.text() + str(masked({name: CANARY})):
            found.append(name)
    return found


@pytest.mark.rule("SEC-17")
def test_every_column_of_every_table_has_a_class() -> None:
    assert without_class(declared()) == []


@pytest.mark.rule("SEC-17")
def test_a_planted_column_without_a_class_is_found() -> None:
    public = replace(PLANTED, columns=[replace(PLAIN, sensitivity="public")])

    assert without_class([PLANTED]) == ["people.iban"]
    assert without_class([public]) == []
    assert without_class([replace(public, unknown=["ibam"])]) == ["people.ibam"]


@pytest.mark.rule("SEC-05", "SEC-17")
def test_every_secret_is_stored_encrypted_or_as_a_hash() -> None:
    assert readable_secrets(declared()) == []


@pytest.mark.rule("SEC-05", "SEC-17")
def test_a_planted_secret_that_is_stored_as_it_is_is_found() -> None:
    secret = replace(PLAIN, sensitivity="secret")
    stored = [secret, replace(secret, hashed=True), replace(secret, encrypted=True)]

    found = [readable_secrets([replace(PLANTED, columns=[one])]) for one in stored]

    assert found == [["people.iban"], [], []]


@pytest.mark.rule("SEC-05")
def test_every_encrypted_column_is_named_where_it_is_encrypted() -> None:
    text = "\n".join(module.text for module in modules())
    encrypted = [place for place, column in columns(declared()) if column.encrypted]

    assert encrypted, "no column is encrypted"
    assert [place for place in encrypted if f'"{place}"' not in text] == []


@pytest.mark.rule("SEC-17")
def test_no_secret_is_in_an_answer() -> None:
    found = response_schemas()

    assert found, "there is no schema"
    assert shown(found, names("secret")) == []


@pytest.mark.rule("SEC-17")
def test_a_planted_secret_in_an_answer_is_found() -> None:
    schema = pydantic.create_model("KeyOut", name=(str, ...), key_hash=(str, ...))

    assert shown([schema], names("secret")) == ["KeyOut.key_hash"]


@pytest.mark.rule("SEC-17", "LOG-05")
def test_nothing_secret_or_personal_gets_into_a_log_or_the_trail() -> None:
    assert logged(names("secret", "personal")) == []


@pytest.mark.rule("SEC-17", "LOG-05")
def test_a_planted_name_that_no_mask_knows_is_found() -> None:
    assert logged(["email", "size_of_shoes"]) == ["size_of_shoes"]
