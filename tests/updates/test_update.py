"""`copier update` carries improvements into a service and loses nothing of what its team did."""

from pathlib import Path

import pytest

from tests.updates import releases
from tests.updates.conftest import Service

NAME = "src/demo_service"

# Edits as a team makes them, in files that the template goes on improving: text found and its replacement.
# An empty text stands for the end of the file.
EDITS: dict[str, tuple[str, str]] = {
    f"{NAME}/settings.py": ("", "\n\nOURS = 'a setting of our own'\n"),
    "Makefile": ("", "\n.PHONY: ours\nours: ## A command of our own\n\t@echo ours\n"),
    "pyproject.toml": ("", "\n[tool.ours]\nkept = true\n"),
    "README.md": ("\n", "\n\nOur own introduction.\n"),
    f"{NAME}/orders/service.py": ("", "\n\nOUR_LIMIT = 3\n"),
    f"{NAME}/bootstrap.py": ("", "\n\nOUR_PART = 'wired by us'\n"),
    f"{NAME}/web/router.py": ("", "\n\nOUR_ROUTES = ()\n"),
    "tests/blackbox/test_operations.py": ("", "\n\ndef test_of_our_own() -> None:\n    assert True\n"),
    "compose.yaml": ("", "\n# Our own service follows here one day.\n"),
    "docs/logging.md": ("", "\nOur own paragraph on logs.\n"),
    "migrations/versions/0001_initial.py": ("Initial schema.", "Initial schema, looked over by us."),
    "CHANGELOG.md": ("", "\nOur own change.\n"),
    ".gitignore": ("", "\n/ours/\n"),
}
ADDED = {
    f"{NAME}/invoices/__init__.py": '"""A slice of our own."""\n',
    "docs/decisions/0100-ours.md": "# Ours\n",
    "migrations/versions/0002_ours.py": '"""Ours."""\n',
}


def edit(service: Path, *, without: tuple[str, ...] = ()) -> list[str]:
    """Make the team's edits and commit them; returns the texts that must never be lost."""
    kept = []
    for name, (old, new) in EDITS.items():
        if name in without:
            continue
        path = service / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r} any more: choose another edit"
        path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
        kept.append(name)
    for name, text in ADDED.items():
        (service / name).parent.mkdir(parents=True, exist_ok=True)
        (service / name).write_text(text, encoding="utf-8")
    releases.commit_all(service, "Our own work")
    return kept


def lost(service: Path, names: list[str]) -> list[str]:
    """The edits and files of the team that are not there any more."""
    files = releases.tracked(service)
    edits = [name for name in names if EDITS[name][1].strip() not in files.get(name, "")]
    return edits + [name for name, text in ADDED.items() if files.get(name) != text]


def conflicts(service: Path) -> list[str]:
    """Files with markers of a conflict, and files with what could not be applied."""
    files = releases.tracked(service)
    return [name for name, text in files.items() if "<<<<<<< " in text or name.endswith(".rej")]


def test_an_update_without_news_changes_nothing(service: Service) -> None:
    ours = service()

    releases.update(ours, releases.FIRST)

    assert releases.git(ours, "status", "--porcelain") == ""


def test_an_update_without_news_changes_nothing_in_an_edited_service(service: Service) -> None:
    ours = service()
    edit(ours)

    releases.update(ours, releases.FIRST)

    assert releases.git(ours, "status", "--porcelain") == ""


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_an_update_equals_a_fresh_copy(service: Service, database: str) -> None:
    ours = service(database=database)
    before = releases.tracked(ours)

    releases.update(ours, releases.SECOND)

    updated, fresh = releases.tracked(ours), releases.tracked(service(releases.SECOND, database=database))
    for name in releases.ONCE_ONLY:
        assert updated.pop(name) == before[name], f"{name} belongs to the service"
        assert "econd" in fresh.pop(name), "the second release has another one"
    assert updated == fresh
    assert "docs/second-release.md" in updated
    assert "docs/feature-plan.md" in updated
    assert "docs/feature-template.md" not in updated
    assert "docs/edge-cases.md" not in updated
    assert {name for name in updated if name.startswith("docs/second-")} == {
        "docs/second-release.md",
        f"docs/second-{database}.md",
    }


def test_a_second_update_changes_nothing_more(service: Service) -> None:
    ours = service()
    releases.update(ours, releases.SECOND)
    releases.commit_all(ours, "Update")

    releases.update(ours, releases.SECOND)

    assert releases.git(ours, "status", "--porcelain") == ""


def test_edits_in_more_than_ten_files_survive(service: Service) -> None:
    ours = service()
    names = edit(ours)
    assert len(names) > 10

    releases.update(ours, releases.SECOND)

    assert lost(ours, names) == []
    assert conflicts(ours) == []
    files = releases.tracked(ours)
    assert 'RELEASE = "second"' in files[f"{NAME}/settings.py"], "the news of an edited file arrive too"
    assert "Each and every command" in files["Makefile"]
    assert files["docs/logging.md"].startswith("# Second release: ")


def test_a_conflict_is_marked_and_keeps_both_sides(service: Service) -> None:
    ours = service()
    names = edit(ours, without=("docs/logging.md",))
    page = ours / "docs" / "logging.md"
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    page.write_text("# Our own title\n" + "".join(lines[1:]), encoding="utf-8")
    releases.commit_all(ours, "Our own title")

    releases.update(ours, releases.SECOND)

    text = page.read_text(encoding="utf-8")
    assert conflicts(ours) == ["docs/logging.md"]
    assert "# Our own title\n" in text
    assert "# Second release: " in text
    assert "".join(lines[1:]) in text
    assert lost(ours, names) == []
    assert "UU docs/logging.md" in releases.git(ours, "status", "--porcelain"), "git knows that it has to be solved"


def test_a_conflict_can_go_to_a_file_of_its_own(service: Service) -> None:
    ours = service()
    page = ours / "docs" / "logging.md"
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    page.write_text("# Our own title\n" + "".join(lines[1:]), encoding="utf-8")
    releases.commit_all(ours, "Our own title")

    releases.update(ours, releases.SECOND, conflict="rej")

    rejected = (ours / "docs" / "logging.md.rej").read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("# Second release: ")
    assert "+# Our own title\n" in rejected, "what could not be applied is ours, and is all there"


def test_a_file_that_the_team_deleted_stays_deleted(service: Service) -> None:
    ours = service()
    releases.git(ours, "rm", "--quiet", "docs/logging.md", "docs/workflow.md")
    releases.commit_all(ours, "We write other documents")

    releases.update(ours, releases.SECOND)

    assert not (ours / "docs" / "workflow.md").exists()
    assert not (ours / "docs" / "logging.md").exists()


def test_a_lock_that_cannot_be_renewed_stops_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ours = service()
    (ours / "uv.lock").write_text("version = 1\n", encoding="utf-8")
    releases.commit_all(ours, "Lock")
    monkeypatch.delenv("SKIP_HOOKS")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(ours.parent / "empty-cache"))

    releases.update(ours, releases.SECOND)

    said = capfd.readouterr().out
    assert "failed" in said
    assert "uv lock && make install" in said, "the way out"
    assert (ours / "uv.lock").read_text(encoding="utf-8") == "version = 1\n"
    assert (ours / "docs" / "second-release.md").is_file()
    assert f"_commit: {releases.SECOND}" in (ours / releases.ANSWERS).read_text(encoding="utf-8")
