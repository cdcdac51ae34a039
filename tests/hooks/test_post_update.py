"""Copier's update between two releases: the lock file follows, what is the service's own stays, git is left alone."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.render import ROOT
from tests.hooks.conftest import Machine, Said, answers, copier

OWN = ("README.md", "CHANGELOG.md", "migrations/versions/0001_initial.py")
QUICKLY = {f"SKIP_HOOK_{step}": "1" for step in ("DEPENDENCIES", "DATABASE", "PIPELINE")}
DROPPED = "bandit"  # a development dependency that the second release does without


def release(machine: Machine, template: Path, version: str) -> None:
    """Tag the template as it is."""
    machine.git(template, "add", "--all", "--force")
    machine.git(template, "commit", "--quiet", "--allow-empty", "--message", version)
    machine.git(template, "tag", version)


def append(root: Path, name: str, text: str) -> None:
    """Add a line to the file of this name, in whatever layer it stands."""
    files = [*root.rglob(name), *root.rglob(f"{name}.jinja")]
    assert files, f"the template has no {name}"
    for file in files:
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.fixture(scope="module")
def releases(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with two releases. The second changes every kind of file, and the dependencies."""
    folder = tmp_path_factory.mktemp("releases")
    machine = Machine(folder / "home")
    copy = Path(shutil.copytree(template, folder / "template"))
    machine.git(copy, "init", "--quiet")
    release(machine, copy, "v1.0.0")
    for name in ("README.md", "CHANGELOG.md", "AGENTS.md"):
        append(copy / "template", name, "\nFrom the second release.\n")
    append(copy / "template", "0001_initial.py", "# From the second release.\n")
    versions = copy / "facts" / "versions.yml"
    lines = versions.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if DROPPED not in line]
    assert len(kept) == len(lines) - 1
    versions.write_text("".join(kept), encoding="utf-8")
    release(machine, copy, "v2.0.0")
    return copy


@pytest.fixture(scope="module")
def first(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service of the first release, on SQLite, locked and committed; to be copied by the tests."""
    folder = tmp_path_factory.mktemp("first")
    machine = Machine(folder / "home")
    copier(
        machine, "copy", "--trust", "--defaults", "--vcs-ref", "v1.0.0", "-d", "database=sqlite",
        releases, "service", cwd=folder, **QUICKLY,
    )  # fmt: skip
    machine.output("uv", "lock", "--quiet", cwd=folder / "service")
    save(machine, folder / "service")
    return folder / "service"


@pytest.fixture
def service(first: Path, tmp_path: Path) -> Path:
    """A service of the first release."""
    return Path(shutil.copytree(first, tmp_path / "service", symlinks=True))


def save(machine: Machine, service: Path) -> None:
    """Commit everything; the commit hook would need the tools of the service."""
    machine.git(service, "add", "--all")
    machine.git(service, "commit", "--quiet", "--no-verify", "--message", "Ours")


def update(machine: Machine, service: Path, *arguments: str, **variables: str) -> str:
    return copier(machine, "update", "--trust", "--defaults", *arguments, cwd=service, **variables)


def test_lock_file_follows_the_dependencies_and_git_is_left_alone(machine: Machine, service: Path) -> None:
    commit = machine.git(service, "rev-parse", "HEAD")
    assert f'name = "{DROPPED}"' in (service / "uv.lock").read_text()

    printed = update(machine, service)

    assert Said(printed, 0).lines["dependencies"].state == "ok", printed
    assert "renewed" in Said(printed, 0).lines["dependencies"].detail
    assert f'name = "{DROPPED}"' not in (service / "uv.lock").read_text()
    assert machine.git(service, "rev-parse", "HEAD") == commit
    assert machine.git(service, "diff", "--cached", "--name-only") == ""
    assert printed.index("Your answers stay") < printed.index("dependencies") < printed.index("git diff --check")
    assert [line for line in printed.splitlines() if len(line) > 80 and "Running task" not in line] == []
    changed = set(machine.git(service, "diff", "--name-only").splitlines())
    assert {"uv.lock", "pyproject.toml", "AGENTS.md", ".copier-answers.yml"} <= changed
    assert changed.isdisjoint(OWN)


def test_files_that_belong_to_the_service_survive_an_update(machine: Machine, service: Path) -> None:
    for name in OWN:
        file = service / name
        file.write_text(f"# Ours alone.\n{file.read_text()}" if name.endswith(".py") else "Ours alone.\n")
    (service / "migrations" / "versions" / "0002_invoices.py").write_text('"""Ours too."""\n')
    (service / "docs" / "workflow.md").unlink()
    save(machine, service)
    before = {name: (service / name).read_bytes() for name in OWN}

    update(machine, service, SKIP_HOOKS="1")

    assert {name: (service / name).read_bytes() for name in OWN} == before
    assert (service / "migrations" / "versions" / "0002_invoices.py").read_text() == '"""Ours too."""\n'
    assert "From the second release." in (service / "AGENTS.md").read_text()
    assert not (service / "docs" / "workflow.md").exists(), "what was removed stays away"
    assert not list(service.rglob("*.rej"))
    assert machine.git(service, "diff", "--name-only", "--diff-filter=U") == ""


def test_update_to_the_same_release_changes_nothing(machine: Machine, service: Path) -> None:

    printed = update(machine, service, "--vcs-ref", "v1.0.0")

    assert machine.git(service, "status", "--porcelain") == ""
    assert Said(printed, 0).lines["dependencies"].detail == "nothing to do: pyproject.toml is as it was"


def test_another_database_takes_the_revisions_of_the_service_along(
    machine: Machine, service: Path, bare: Callable[[str], Path]
) -> None:
    revision = service / OWN[2]
    edited = f"{revision.read_text()}\n# Ours.\n"
    revision.write_text(edited)
    save(machine, service)

    update(machine, service, "--vcs-ref", "v1.0.0", "-d", "database=postgresql", SKIP_HOOKS="1")

    assert answers(service)["database"] == "postgresql"
    assert revision.read_text() == edited
    fresh = bare("postgresql")
    for name in ("src/demo_service/core/dialect.py", "src/demo_service/core/embedded.py", "compose.yaml"):
        assert (service / name).read_bytes() == (fresh / name).read_bytes()


# ---- the hook alone, in a service whose pyproject.toml an update has changed ---------------------


def relock(machine: Machine, service: Path, **variables: str) -> Said:
    """Run the hook."""
    done = machine.run(sys.executable, "-B", ROOT / "hooks" / "post_update.py", cwd=service, **variables)
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout
    return Said(done.stdout, done.returncode)


def without_dropped(service: Path) -> None:
    """Change the dependencies."""
    project = service / "pyproject.toml"
    lines = project.read_text().splitlines(keepends=True)
    project.write_text("".join(line for line in lines if DROPPED not in line))


def test_relocking_that_fails_says_so_and_keeps_the_lock_file(machine: Machine, service: Path) -> None:
    without_dropped(service)
    before = (service / "uv.lock").read_bytes()
    folder = machine.home / "bin"
    folder.mkdir()
    (folder / "uv").write_text("#!/bin/sh\n[ $1 = --version ] || { echo half > uv.lock; echo no network; exit 2; }\n")
    (folder / "uv").chmod(0o755)

    said = relock(machine, service, PATH=f"{folder}:{machine.variables['PATH']}")

    assert (said.lines["dependencies"].state, said.lines["dependencies"].detail) == ("failed", "no network")
    assert said.lines["dependencies"].by_hand == ("uv lock && make install",)
    assert (service / "uv.lock").read_bytes() == before


def test_conflict_in_the_dependencies_is_for_a_person(machine: Machine, service: Path) -> None:
    project = service / "pyproject.toml"
    project.write_text(f"<<<<<<< before updating\n=======\n>>>>>>> after updating\n{project.read_text()}")
    before = (service / "uv.lock").read_bytes()

    said = relock(machine, service)

    assert said.lines["dependencies"].detail == "pyproject.toml has a conflict: resolve it first"
    assert said.lines["dependencies"].by_hand == ("uv lock && make install",)
    assert (service / "uv.lock").read_bytes() == before


def test_service_that_was_never_locked_is_told_how(machine: Machine, service: Path) -> None:
    (service / "uv.lock").unlink()
    without_dropped(service)

    said = relock(machine, service)

    assert said.lines["dependencies"].by_hand == ("make install",)
    assert not (service / "uv.lock").exists()


def test_relocking_can_be_switched_off(machine: Machine, service: Path) -> None:
    without_dropped(service)
    before = (service / "uv.lock").read_bytes()

    said = relock(machine, service, SKIP_HOOK_DEPENDENCIES="1")

    assert said.lines["dependencies"].state == "skipped"
    assert (service / "uv.lock").read_bytes() == before
