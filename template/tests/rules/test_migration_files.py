"""Revisions: the only way the schema changes, with a way back and with their reasons."""

import ast
import re

import pytest

from .source import ROOT, Module, calls, modules, page, planted
from scripts.revisions import UNFILLED, files, name_of, one_way
from tests.support.revisions import ONE_WAY

HEADINGS = ("Purpose", "Impact", "Locking", "Rollback")


def revisions() -> tuple[Module, ...]:
    found = tuple(Module(path, name_of(path), path.read_text(encoding="utf-8")) for path in files())
    assert found, "there is no revision"
    return found


def table_makers(module: Module) -> list[str]:
    return [
        f"{module.at(call)}: {name}()"
        for call, name in calls(module.tree)
        if name.rsplit(".", 1)[-1] in {"create_all", "drop_all"}
    ]


@pytest.mark.rule("MIG-01")
def test_no_code_creates_tables_past_the_migrations() -> None:
    code = [*modules(), *modules(ROOT / "scripts"), *modules(ROOT / "migrations")]

    assert [problem for module in code for problem in table_makers(module)] == []
    assert len(table_makers(planted("Base.metadata.create_all(engine)\n"))) == 1


@pytest.mark.rule("MIG-02")
def test_every_revision_has_a_way_back() -> None:
    assert [problem for module in revisions() for problem in one_way(module.tree)] == []


@pytest.mark.rule("MIG-02")
@pytest.mark.parametrize("text", ONE_WAY)
def test_a_planted_one_way_revision_is_found(text: str) -> None:
    assert len(list(one_way(planted(text).tree))) == 1


def explanations(docstring: str) -> dict[str, str]:
    """What a revision's docstring says under each heading."""
    found = {
        heading: re.search(rf"^{heading}:(.*(?:\n[ \t]+\S.*)*)", docstring, re.MULTILINE)
        for heading in HEADINGS
    }
    return {heading: match[1].strip() for heading, match in found.items() if match}


def unexplained(docstring: str, template: str) -> list[str]:
    """The headings that are missing, empty, or as the template left them."""
    said, blank = explanations(docstring), explanations(template)
    return [name for name in HEADINGS if said.get(name, "") in {"", blank.get(name, "")}]


def template_docstring() -> str:
    return UNFILLED.split('"""')[1]


@pytest.mark.rule("MIG-06")
def test_every_revision_says_why_and_what_it_does_to_a_running_service() -> None:
    found = {
        module.name: unexplained(ast.get_docstring(module.tree) or "", template_docstring())
        for module in revisions()
    }

    assert {name: missing for name, missing in found.items() if missing} == {}


@pytest.mark.rule("MIG-06")
def test_a_revision_fresh_from_the_template_is_not_enough() -> None:
    assert list(explanations(template_docstring())) == list(HEADINGS)
    assert unexplained(template_docstring(), template_docstring()) == list(HEADINGS)


@pytest.mark.rule("MIG-12")
def test_a_breaking_revision_is_named_in_the_changelog() -> None:
    assert unannounced(revisions(), page("CHANGELOG.md")) == []


def unannounced(found: tuple[Module, ...], changelog: str) -> list[str]:
    """Revisions that call themselves breaking and are not in the changelog."""
    return [
        module.name
        for module in found
        if re.search(r"\bbreaking\b", ast.get_docstring(module.tree) or "", re.IGNORECASE)
        and module.name not in changelog
    ]


@pytest.mark.rule("MIG-12")
def test_a_planted_breaking_revision_without_notice_is_found() -> None:
    module = planted('"""Drop a column. Breaking."""\n', "0002_drop")

    assert unannounced((module,), "Nothing.") == ["0002_drop"]
    assert unannounced((module,), "- 0002_drop removes a column.") == []
