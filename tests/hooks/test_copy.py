"""Copier itself, as a person calls it: the whole way once, then again, and on machines that lack things."""

import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hooks.conftest import STEPS, Machine, Said, answers, assert_whole, copier, quoted, rendered_files

QUICKLY = {"SKIP_HOOK_DEPENDENCIES": "1", "SKIP_HOOK_DATABASE": "1"}


@pytest.fixture(scope="module")
def set_up_service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Path, str]:
    """A service on PostgreSQL in a folder with blanks and letters outside ASCII, set up by every step."""
    folder = tmp_path_factory.mktemp("Bücher und Dîners")
    machine = Machine(folder / "home")
    printed = copier(machine, "copy", "--trust", "--defaults", template, "Café Größe", cwd=folder)
    return machine, folder / "Café Größe", printed


def test_every_step_is_done(set_up_service: tuple[Machine, Path, str], bare: Callable[[str], Path]) -> None:
    machine, service, printed = set_up_service

    assert Said(printed, 0).states() == dict.fromkeys(STEPS, "ok"), printed
    assert machine.git(service, "ls-files", "uv.lock") == "uv.lock"
    assert stat.S_IMODE((service / ".env").stat().st_mode) == 0o600
    assert_whole(machine, service, rendered_files(bare("postgresql")))
    machine.output("uv", "lock", "--check", cwd=service)


def test_what_is_said_at_the_end_fits_a_terminal(set_up_service: tuple[Machine, Path, str]) -> None:
    _, service, printed = set_up_service
    end = printed[printed.index("Setting up") :].splitlines()

    assert len(end) <= 24
    assert [line for line in end if len(line) > 80] == []
    assert f"  cd {quoted(Path(service.name))}" in end
    assert any(line.startswith("  make run ") for line in end)
    assert any(line.startswith("  make test ") for line in end)
    assert any("docs/" in line for line in end)


def test_what_is_said_at_the_beginning_fits_a_terminal(set_up_service: tuple[Machine, Path, str]) -> None:
    _, _, printed = set_up_service
    start = printed[: printed.index("Copying from")].splitlines()

    assert any("creates a backend service" in line for line in start)
    assert any("SKIP_HOOKS=1" in line for line in start)
    assert len(start) <= 12
    assert [line for line in start if len(line) > 80] == []


def test_copying_again_changes_nothing(set_up_service: tuple[Machine, Path, str]) -> None:
    machine, service, _ = set_up_service
    commit = machine.git(service, "rev-parse", "HEAD")
    kept = {name: (service / name).read_bytes() for name in (".env", "uv.lock")}

    printed = copier(machine, "recopy", "--trust", "--defaults", "--overwrite", cwd=service)

    said = Said(printed, 0)
    assert said.states() == {
        "settings": "skipped",
        "dependencies": "ok",
        "database": "ok",
        "pipeline": "ok",
        "git": "skipped",
    }, printed
    assert said.lines["git"].detail == "there is a history already, and nothing new to commit"
    assert {name: (service / name).read_bytes() for name in kept} == kept
    assert machine.git(service, "rev-parse", "HEAD") == commit
    assert machine.git(service, "status", "--porcelain") == ""


def test_without_git_a_service_is_rendered_and_whole(machine: Machine, template: Path, tmp_path: Path) -> None:
    machine.without("git")

    printed = copier(machine, "copy", "--trust", "--defaults", template, "service", cwd=tmp_path, **QUICKLY)

    assert Said(printed, 0).lines["git"].detail == "git is not installed"
    assert (tmp_path / "service" / "pyproject.toml").exists()


def test_without_trust_nothing_is_made(machine: Machine, template: Path, tmp_path: Path) -> None:
    done = machine.run(sys.executable, "-m", "copier", "copy", "--defaults", template, "service", cwd=tmp_path)

    assert done.returncode != 0
    assert "--trust" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (tmp_path / "service").exists()


def test_trust_can_be_given_once_in_the_settings(machine: Machine, template: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text(f"trust:\n  - {template}\n")

    printed = copier(
        machine, "copy", "--defaults", template, "service",
        cwd=tmp_path, COPIER_SETTINGS_PATH=str(settings), **QUICKLY,
    )  # fmt: skip

    assert Said(printed, 0).states()["git"] == "ok"


def test_tasks_left_out_are_not_claimed(machine: Machine, template: Path, tmp_path: Path) -> None:
    printed = copier(machine, "copy", "--trust", "--skip-tasks", "--defaults", template, "service", cwd=tmp_path)

    assert "Nothing was set up" in printed
    assert "stands above" not in printed
    assert not (tmp_path / "service" / ".git").exists()


def test_answers_reach_the_hook(machine: Machine, template: Path, tmp_path: Path) -> None:
    printed = copier(
        machine, "copy", "--trust", "--defaults", "-d", "database=mysql", "-d", "ci=none",
        "-d", "project_name=Shop", template, "shop", cwd=tmp_path, SKIP_HOOK_DEPENDENCIES="1",
    )  # fmt: skip

    said = Said(printed, 0)
    assert said.lines["database"].detail == "MySQL needs a server"
    assert said.lines["pipeline"].detail == "no pipeline was asked for"
    assert "Both need MySQL" in printed
    assert all(len(line) <= 80 for line in printed[printed.index("Setting up") :].splitlines())
    assert answers(tmp_path / "shop")["database"] == "mysql"


def test_template_is_left_as_it_was(machine: Machine, template: Path, tmp_path: Path) -> None:
    before = rendered_files(template)
    copier(machine, "copy", "--trust", "--defaults", template, "service", cwd=tmp_path, **QUICKLY)
    shutil.rmtree(tmp_path / "service")
    assert rendered_files(template) == before, "no bytecode next to the hooks"
