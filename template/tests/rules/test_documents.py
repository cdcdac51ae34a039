"""The pages: what they promise exists, and what exists is on them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from .source import ROOT, SOURCE, answer, make_targets, page, project, slices
from scripts.revisions import files

PAGES = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if path.name != "rules.md"
)
DATABASES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}
STEPS = (
    "Contract",
    "Data model",
    "Migration",
    "Repository",
    "Service",
    "Handler",
    "Security",
    "Performance",
    "Observability",
)


def commands(text: str) -> set[str]:
    """The make targets that a page mentions as code."""
    return set(re.findall(r"(?:`|^ *(?:\$ )?)make ([a-z][a-z-]*)", text, re.MULTILINE))


def broken_links(path: Path, text: str) -> list[str]:
    """Links of a page to files or headings that do not exist."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        goal = (path.parent / name).resolve() if name else path
        headed = anchor and goal.suffix == ".md" and goal.exists()
        if not goal.exists() or (headed and anchor not in anchors(goal.read_text("utf-8"))):
            found.append(f"{path.name}: {target}")
    return found


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.rule("DOC-04", "OBS-12")
def test_every_command_on_every_page_exists() -> None:
    missing = {
        path.name: commands(path.read_text("utf-8")) - make_targets()
        for path in PAGES
        if commands(path.read_text("utf-8")) - make_targets()
    }

    assert missing == {}
    assert commands("`make nothing`") - make_targets() == {"nothing"}


@pytest.mark.rule("DOC-04")
def test_every_script_on_every_page_exists() -> None:
    found = {
        name
        for path in PAGES
        for name in re.findall(r"\bscripts/[a-z_/-]+\.(?:py|sh)\b", path.read_text("utf-8"))
    }

    assert [name for name in sorted(found) if not (ROOT / name).exists()] == []


@pytest.mark.rule("DOC-04")
def test_every_link_leads_somewhere() -> None:
    assert [link for path in PAGES for link in broken_links(path, path.read_text("utf-8"))] == []
    assert broken_links(ROOT / "README.md", "[a](docs/nothing.md)") == [
        "README.md: docs/nothing.md"
    ]


@pytest.mark.rule("DOC-04", "OBS-12")
def test_the_runbooks_cover_what_is_done_by_hand() -> None:
    folder = ROOT / "docs" / "runbooks"
    index = (folder / "README.md").read_text("utf-8")
    names = {path.name for path in folder.glob("*.md")} - {"README.md"}

    assert {
        "backup-restore.md",
        "database-down.md",
        "incident.md",
        "migrate.md",
        "rollback.md",
    } <= names
    assert [name for name in sorted(names) if f"({name})" not in index] == []


@pytest.mark.rule("MIG-11", "MIG-14")
def test_the_runbook_backs_up_then_migrates_then_verifies_then_starts() -> None:
    text = page("docs/runbooks/migrate.md")
    places = [text.index(words) for words in ("make sql\n", "make upgrade\n", "Start the new code")]

    assert places == sorted(places)
    assert "always in this order: backup, migrate, verify, start" in text


@pytest.mark.rule("FLOW-03", "FLOW-04", "FLOW-05", "FLOW-06")
def test_the_steps_of_a_feature_stand_in_order() -> None:
    assert re.findall(r"^\d\. \*\*(.+?)\.?\*\*", page("docs/workflow.md"), re.MULTILINE) == list(
        STEPS
    )
    assert "docs/workflow.md" in page("CONTRIBUTING.md")


@pytest.mark.rule("FLOW-06")
def test_every_slice_has_what_the_steps_ask_for() -> None:
    missing = [
        f"{name}/{part}"
        for name in slices()
        for part in ("entities", "models", "repository", "service", "schemas", "routes")
        if not (SOURCE / name / f"{part}.py").exists()
    ]
    tested = {
        (name, kind): any(
            name.rstrip("s") in path.relative_to(ROOT / "tests" / kind).as_posix()
            for path in (ROOT / "tests" / kind).rglob("test_*.py")
        )
        for name in slices()
        for kind in ("unit", "integration", "blackbox")
    }

    assert missing == []
    assert [key for key, found in tested.items() if not found] == []


@pytest.mark.rule("FLOW-11")
def test_every_phase_ends_with_checks_that_exist() -> None:
    text = page("docs/workflow.md")
    exits = re.findall(r"^Exit: (.+)$", text, re.MULTILINE)

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Design", "Build", "Operate"]
    assert len(exits) == 3
    assert all(commands(line) for line in exits)
    assert {name for line in exits for name in commands(line)} - make_targets() == set()


@pytest.mark.rule("FLOW-01", "FLOW-07")
def test_the_form_of_a_feature_asks_for_everything() -> None:
    headings = set(re.findall(r"^#+ (.+)$", page("docs/feature-template.md"), re.MULTILINE))

    assert {"Requirement", "Performance", "Security", "Scale"} <= headings
    assert {"Routes", "Models", "Services", "Errors", "Tests"} <= headings
    assert "feature-template.md" in page("docs/workflow.md")


@pytest.mark.rule("FLOW-12")
def test_what_wins_is_written_down_and_linked() -> None:
    record = page("docs/decisions/0008-order-of-values.md")
    order = [
        record.lower().index(word)
        for word in (
            "reliability first",
            "then security",
            "then maintainability",
            "then performance",
        )
    ]

    assert order == sorted(order)
    assert "decisions/0008-order-of-values.md" in page("docs/workflow.md")


@pytest.mark.rule("MIG-07")
def test_a_revision_needs_an_owner() -> None:
    owned = re.findall(r"^/(\S*migrations/) \S+@\S+", page("CODEOWNERS"), re.MULTILINE)
    homes = [list(path.relative_to(ROOT).parents) for path in files()]

    assert homes
    assert [
        home for home in homes if not any(one.match(rule) for one in home for rule in owned)
    ] == []
    assert "migrations/" in page("docs/pull_request_template.md")


@pytest.mark.rule("MIG-13")
def test_a_change_of_the_schema_is_planned_first() -> None:
    text = page("docs/migrations.md")

    assert {"plan-first", "expand-and-contract"} <= anchors(text)
    assert [word for word in ("phases", "rows", "locks", "way back") if word not in text] == []
    assert "migrations.md" in page("docs/workflow.md")


@pytest.mark.rule("DOC-03")
def test_the_architecture_page_names_every_layer() -> None:
    contracts = {entry["id"]: entry for entry in project()["tool"]["importlinter"]["contracts"]}
    layers = contracts.get("layers", {"layers": []})["layers"]
    names = {name for layer in layers for name in re.findall(r"[a-z]+", layer)}
    text = page("docs/architecture.md")

    assert [name for name in sorted(names) if f"{name}.py" not in text] == []
    assert [name for name in slices() if f"{name}/" not in text] == []
    assert f"database ({DATABASES[answer('database')]})" in text


@pytest.mark.rule("DOC-10", "FLOW-08")
@pytest.mark.parametrize(
    "question", ["framework", "database", "python_version", "auth", "sample", "ci"]
)
def test_every_answer_about_architecture_has_a_record(question: str) -> None:
    records = {
        path.name: path.read_text("utf-8")
        for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    }
    line = re.search(rf"^{question}: .*$", page(".copier-answers.yml"), re.MULTILINE)
    parts = re.compile(r"\n## Context\n[\s\S]*\n## Decision\n[\s\S]*\n## Consequences\n")

    assert line is not None
    assert [name for name, text in records.items() if f"Answer: `{line[0]}`" in text] != []
    assert [name for name, text in records.items() if not parts.search(text)] == []


@pytest.mark.rule("DOC-11", "FLOW-09")
def test_every_number_nobody_asked_for_is_on_the_page_of_assumptions() -> None:
    text = page("docs/assumptions.md")

    assert numbers_of_the_settings() - set(re.findall(r"`([A-Z_]+)`", text)) == set()


def numbers_of_the_settings() -> set[str]:
    """The settings with a number for a default."""
    source = (SOURCE / "settings.py").read_text("utf-8")
    fields = re.findall(r"^    ([a-z_]+): [^=\n]+= Field\(\s*default=[0-9]", source, re.MULTILINE)
    assert fields
    return {name.upper() for name in fields}


def rows(text: str) -> list[list[str]]:
    """The cells of the tables of a page, heads aside."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set("-: ")]


@pytest.mark.rule("DOC-09")
def test_every_edge_case_names_a_test_that_exists() -> None:
    text = page("docs/edge-cases.md")
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    named = re.findall(r"`(test_\w+)`", text)

    assert len(named) > 5
    assert [name for name in named if name not in defined] == []


@pytest.mark.rule("SEC-01")
def test_every_category_of_the_top_ten_names_tests_that_exist() -> None:
    table: list[list[str]] = [
        row for row in rows(page("docs/security.md")) if re.match(r"A\d\d", row[0])
    ]
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    checks = project_checks()

    assert [row[0][:3] for row in table] == [f"A{number:02}" for number in range(1, 11)]
    for category, _, proofs, places in table:
        names = re.findall(r"`(\w+)`", proofs)
        paths = re.findall(r"`(tests/[\w/.-]+)`", places)
        assert names, category
        assert paths, category
        assert set(names) - defined - checks == set(), category
        assert [path for path in paths if not (ROOT / path).is_file()] == [], category


def project_checks() -> set[str]:
    """The names of the registered checks."""
    registered: list[dict[str, Any]] = tomllib.loads(page("rules/checks.toml"))["check"]
    return {str(check["name"]) for check in registered}


def test_the_catalogue_of_rules_points_at_files_that_exist() -> None:
    catalogue = json.loads(page("rules/catalogue.json"))["groups"]
    parts = {"routes.py", "schemas.py", "service.py", "entities.py", "models.py", "repository.py"}
    there = {path.name for name in slices() for path in (SOURCE / name).glob("*.py")}
    missing = [
        f"{rule['id']}: {name}"
        for group in catalogue
        for rule in group["rules"]
        if rule["state"] == "applies"
        for name in re.findall(
            r"(?<![\w./])[\w][\w./-]*\.(?:py|md|mako|json|toml|yaml|example)\b", rule["where"]
        )
        if not ((SOURCE / name).exists() or (ROOT / name).exists() or name in there)
        and not (name in parts and not slices())
    ]

    assert missing == []


@pytest.mark.rule("SEC-05")
def test_code_on_the_page_about_security_is_that_of_the_service() -> None:
    fenced = r"^ *```python (\S+)\n([\s\S]*?)^ *```$"
    blocks = re.findall(fenced, page("docs/security.md"), re.MULTILINE)

    assert len(blocks) == 4
    for file, block in blocks:
        # Not in the same place on the line, so the formatter may break it otherwise.
        assert "".join(block.split()) in "".join((SOURCE / file).read_text("utf-8").split())
