"""The hook after a copy: whatever the machine lacks, the repository ends whole and the hook says what is not done."""

import re
import shutil
import socket
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hooks.conftest import STEPS, Machine, SetUp, assert_whole, rendered_files

QUICK = ("settings", "pipeline", "git")  # the steps that need no registry


def test_repository_holds_every_rendered_file_in_one_commit(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)

    said = set_up(service, *QUICK)

    assert said.states()["git"] == "ok"
    assert_whole(machine, service, rendered)
    assert machine.git(service, "branch", "--show-current") == "main"
    assert machine.git(service, "log", "--format=%an <%ae>") == "Ada Lovelace <ada@example.com>"


def test_settings_hold_a_fresh_secret_for_the_owners_eyes(machine: Machine, service: Path, set_up: SetUp) -> None:
    set_up(service, "settings")
    first = (service / ".env").read_text()
    assert stat.S_IMODE((service / ".env").stat().st_mode) == 0o600
    secret = first.partition("SECRET_KEY=")[2].strip()
    assert len(secret) >= 48

    (service / ".env").unlink()
    set_up(service, "settings", "git")

    assert secret not in (service / ".env").read_text()
    assert machine.git(service, "check-ignore", ".env") == ".env"
    assert not list(service.glob(".env.part*"))


def test_every_secret_that_has_to_be_random_gets_a_value(service: Path, set_up: SetUp) -> None:
    # A secret with a default would be the same in every service; the others are unset until somebody needs them.
    source = next(service.glob("src/*/settings.py")).read_text()
    random = re.findall(r"^    (\w+): SecretStr = Field", source, re.MULTILINE)

    set_up(service, "settings")

    written = dict(line.split("=", 1) for line in (service / ".env").read_text().splitlines() if "=" in line)
    assert random
    assert sorted(written) == sorted(name.upper() for name in random)
    assert len(set(written.values())) == len(written)


def test_existing_settings_are_kept(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)
    (service / ".env").write_text("SECRET_KEY=mine\n")
    (service / ".env").chmod(0o640)

    said = set_up(service, *QUICK)

    assert said.lines["settings"].state == "skipped"
    assert "kept" in said.lines["settings"].detail
    assert (service / ".env").read_text() == "SECRET_KEY=mine\n"
    assert stat.S_IMODE((service / ".env").stat().st_mode) == 0o640
    assert_whole(machine, service, rendered)


def test_settings_that_cannot_be_written_leave_nothing_behind(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)
    (service / ".env.part").mkdir()

    said = set_up(service, *QUICK)

    assert said.states() == {
        "settings": "failed",
        "dependencies": "skipped",
        "database": "skipped",
        "pipeline": "skipped",
        "git": "ok",
    }
    assert said.lines["settings"].by_hand == ("cp .env.example .env   # and give SECRET_KEY a value",)
    assert not (service / ".env").exists()
    assert_whole(machine, service, rendered)


def test_without_git_everything_else_is_done(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)
    programs = machine.variables["PATH"]
    machine.without("git")

    said = set_up(service, *QUICK)

    git = said.lines["git"]
    assert (git.state, git.detail) == ("skipped", "git is not installed")
    assert not (service / ".git").exists()
    assert (service / ".env").exists()
    machine.variables["PATH"] = programs
    machine.follow(git.by_hand[1:], service)
    assert_whole(machine, service, rendered)


def test_inside_a_repository_no_other_one_is_made(
    machine: Machine, tmp_path: Path, service: Path, set_up: SetUp
) -> None:
    rendered = rendered_files(service)
    machine.git(tmp_path, "init", "--quiet")

    said = set_up(service, *QUICK)

    git = said.lines["git"]
    assert git.state == "skipped"
    assert f"part of the repository {tmp_path}" in git.detail
    assert not (service / ".git").exists()
    assert "hooksPath" not in (tmp_path / ".git" / "config").read_text()
    assert machine.git(tmp_path, "diff", "--cached", "--name-only") == ""
    machine.follow(git.by_hand, service)
    tracked = machine.git(service, "ls-files").splitlines()
    assert set(tracked) == rendered
    assert machine.git(service, "status", "--porcelain", "--", ".") == ""


def test_folder_that_the_repository_around_it_ignores_gets_its_own(
    machine: Machine, tmp_path: Path, service: Path, set_up: SetUp
) -> None:
    rendered = rendered_files(service)
    machine.git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("/demo-service/\n")

    set_up(service, *QUICK)

    assert_whole(machine, service, rendered)


def test_repository_without_a_commit_gets_its_first(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)
    machine.git(service, "init", "--quiet", "--initial-branch=trunk")

    set_up(service, *QUICK)

    assert_whole(machine, service, rendered)
    assert machine.git(service, "branch", "--show-current") == "trunk"


def test_without_a_name_everything_is_staged_and_nobody_invented(
    machine: Machine, service: Path, set_up: SetUp
) -> None:
    rendered = rendered_files(service)
    machine.forget()

    # Of these alone git would make up a person.
    said = set_up(service, *QUICK, EMAIL="root@localhost.localdomain", LOGNAME="root")

    git = said.lines["git"]
    assert git.state == "skipped"
    assert "git knows no name" in git.detail
    assert machine.run("git", "rev-parse", "HEAD", cwd=service).returncode != 0
    assert machine.git(service, "diff", "--name-only") == "", "everything is staged"
    assert set(machine.git(service, "ls-files", "-z").split("\0")) - {""} == rendered
    machine.follow(git.by_hand, service)
    assert_whole(machine, service, rendered)
    assert machine.git(service, "log", "--format=%an") == "Your Name"


def test_second_run_makes_the_commit_that_the_first_could_not(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)
    machine.forget()
    set_up(service, *QUICK)
    machine.introduce()

    set_up(service, *QUICK)

    assert_whole(machine, service, rendered)


def test_commit_that_git_refuses_stays_staged(machine: Machine, service: Path, set_up: SetUp) -> None:
    with (machine.home / "gitconfig").open("a") as file:
        file.write("[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n")

    said = set_up(service, *QUICK)

    assert said.lines["git"].state == "failed"
    assert "all is staged, not committed" in said.lines["git"].detail
    assert said.lines["git"].by_hand == ('git commit -m "Create the service from its template" && make hooks',)
    assert machine.git(service, "diff", "--name-only") == ""


def test_repository_that_cannot_be_filled_is_taken_back(machine: Machine, service: Path, set_up: SetUp) -> None:
    broken = machine.home / "templates"
    broken.mkdir()
    (broken / "index").write_text("this is no index")
    with (machine.home / "gitconfig").open("a") as file:
        file.write(f"[init]\n\ttemplateDir = {broken}\n")

    said = set_up(service, *QUICK)

    assert said.lines["git"].state == "failed"
    assert not (service / ".git").exists()


def test_history_is_never_added_to(machine: Machine, service: Path, set_up: SetUp) -> None:
    set_up(service, *QUICK)
    commit = machine.git(service, "rev-parse", "HEAD")

    again = set_up(service, *QUICK)
    assert again.lines["git"].detail == "there is a history already, and nothing new to commit"

    (service / "NOTES.md").write_text("mine\n")
    changed = set_up(service, *QUICK)
    assert changed.lines["git"].by_hand == ("git diff", "git add . && git commit")
    assert machine.git(service, "rev-parse", "HEAD") == commit
    assert machine.git(service, "status", "--porcelain") == "?? NOTES.md"


def test_everything_can_be_switched_off(machine: Machine, service: Path, set_up: SetUp) -> None:
    rendered = rendered_files(service)

    said = set_up(service, SKIP_HOOKS="1")

    assert set(said.states().values()) == {"skipped"}
    assert all(line.detail == "SKIP_HOOKS is set" for line in said.lines.values())
    assert all(line.by_hand for line in said.lines.values())
    assert rendered_files(service) == rendered
    assert not (service / ".git").exists()
    machine.follow(said.lines["settings"].by_hand, service)
    machine.follow(said.lines["git"].by_hand, service)
    assert_whole(machine, service, rendered)


@pytest.mark.parametrize("step", STEPS)
def test_one_step_can_be_switched_off(step: str, machine: Machine, service: Path, set_up: SetUp) -> None:
    others = [other for other in QUICK if other != step]

    said = set_up(service, *others)

    assert said.lines[step].state == "skipped"
    assert said.lines[step].detail == f"SKIP_HOOK_{step.upper()} is set"
    assert (service / ".env").exists() == (step != "settings")
    assert (service / ".git").exists() == (step != "git")


@pytest.mark.parametrize("value", ["0", "", "no", "False"])
def test_switch_that_says_no_skips_nothing(value: str, service: Path, set_up: SetUp) -> None:
    assert set_up(service, *QUICK, SKIP_HOOKS=value).states()["settings"] == "ok"


def test_mysql_is_told_to_start_its_server(bare: Callable[[str], Path], tmp_path: Path, set_up: SetUp) -> None:
    service = Path(shutil.copytree(bare("mysql"), tmp_path / "demo-service", symlinks=True))

    said = set_up(service, *QUICK, "database", database="MySQL", embedded="no")

    assert said.lines["database"].state == "skipped"
    assert said.lines["database"].detail == "MySQL needs a server"
    assert said.lines["database"].by_hand == ("make services && make migrate",)
    assert said.states()["git"] == "ok"


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("unreachable", ["offline", "closed port"])
def test_without_a_registry_the_repository_is_whole(
    unreachable: str, machine: Machine, service: Path, set_up: SetUp
) -> None:
    rendered = rendered_files(service)
    network = {"UV_OFFLINE": "1"}
    if unreachable == "closed port":
        network = {"UV_DEFAULT_INDEX": f"http://127.0.0.1:{unused_port()}/simple", "UV_HTTP_RETRIES": "0"}

    said = set_up(service, UV_CACHE_DIR=str(machine.home / "empty"), **network)

    assert said.states() == {
        "settings": "ok",
        "dependencies": "failed",
        "database": "skipped",
        "pipeline": "skipped",
        "git": "ok",
    }
    assert said.lines["dependencies"].by_hand == ("make install",)
    assert said.lines["database"].by_hand == ("make install && make migrate",)
    assert "without uv.lock" in said.lines["git"].detail
    assert not (service / "uv.lock").exists()
    assert not (service / ".venv").exists()
    assert_whole(machine, service, rendered)


def fake_uv(machine: Machine, script: str) -> None:
    """A uv that does what the script says."""
    folder = machine.home / "bin"
    folder.mkdir()
    (folder / "uv").write_text(f"#!/bin/sh\ncase $1 in --version) echo uv 0;; {script} esac\n")
    (folder / "uv").chmod(0o755)
    machine.variables["PATH"] = f"{folder}:{machine.variables['PATH']}"


def test_half_a_lock_file_is_removed(machine: Machine, service: Path, set_up: SetUp) -> None:
    fake_uv(machine, "lock) echo half > uv.lock; echo 'error: disk full' >&2; exit 2;;")

    said = set_up(service, "dependencies")

    assert (said.lines["dependencies"].state, said.lines["dependencies"].detail) == ("failed", "error: disk full")
    assert not (service / "uv.lock").exists()


def test_lock_file_that_was_here_survives_a_failure(machine: Machine, service: Path, set_up: SetUp) -> None:
    (service / "uv.lock").write_text("mine")
    fake_uv(machine, "lock) echo half > uv.lock; exit 2;;")

    said = set_up(service, "dependencies")

    assert said.lines["dependencies"].detail == "uv ended with status 2"
    assert (service / "uv.lock").read_text() == "mine"


def test_half_an_environment_is_removed_and_the_lock_file_kept(machine: Machine, service: Path, set_up: SetUp) -> None:
    fake_uv(machine, "lock) echo whole > uv.lock;; sync) mkdir -p .venv/bin; exit 1;;")

    said = set_up(service, "dependencies")

    assert said.lines["dependencies"].state == "failed"
    assert (service / "uv.lock").read_text() == "whole\n"
    assert not (service / ".venv").exists()


def test_without_uv_the_makefile_of_the_service_is_asked(machine: Machine, service: Path, set_up: SetUp) -> None:
    machine.without("uv")

    said = set_up(service, "dependencies", PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")

    assert said.lines["dependencies"].state == "failed"
    assert "uv" in said.lines["dependencies"].detail
    assert not (service / ".tools").exists(), "nothing half-made"


def test_pipeline_that_calls_no_make_target_is_reported(machine: Machine, service: Path, set_up: SetUp) -> None:
    file = service / ".github" / "workflows" / "check.yml"
    file.write_text(file.read_text().replace("make check\n", "make chekc\n"))

    said = set_up(service, *QUICK)

    assert said.lines["pipeline"].state == "failed"
    assert "check.yml calls make chekc, which the Makefile has not" in said.lines["pipeline"].detail
    assert said.lines["git"].state == "ok"


def test_service_without_a_pipeline_has_nothing_to_check(service: Path, set_up: SetUp) -> None:
    said = set_up(service, "pipeline", pipeline="")
    assert (said.lines["pipeline"].state, said.lines["pipeline"].detail) == ("skipped", "no pipeline was asked for")


def test_missing_pipeline_is_reported(service: Path, set_up: SetUp) -> None:
    shutil.rmtree(service / ".github" / "workflows")
    said = set_up(service, "pipeline")
    assert said.lines["pipeline"].state == "failed"
    assert said.lines["pipeline"].detail == ".github/workflows holds no pipeline"


# ---- with the dependencies installed ------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(bare: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service on SQLite with its virtual environment; every test puts it back as it was."""
    folder = tmp_path_factory.mktemp("installed")
    service = Path(shutil.copytree(bare("sqlite"), folder / "demo-service", symlinks=True))
    machine = Machine(folder / "home")
    machine.output("uv", "sync", "--quiet", cwd=service)
    return service


@pytest.fixture
def data(installed: Path) -> Path:
    """Where its embedded database is; nothing is there yet."""
    folder = installed / ".data"
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
    (installed / ".env").unlink(missing_ok=True)
    return folder


def tables(data: Path) -> set[str]:
    with sqlite3.connect(data / "development" / "database.sqlite3") as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_database_is_tried_and_migrated(installed: Path, data: Path, set_up: SetUp) -> None:
    said = set_up(installed, "database", "pipeline")

    assert said.states()["database"] == said.states()["pipeline"] == "ok", said.text
    assert {"alembic_version", "products"} <= tables(data)


def test_trying_the_database_again_loses_no_rows(installed: Path, data: Path, set_up: SetUp) -> None:
    set_up(installed, "database")
    with sqlite3.connect(data / "development" / "database.sqlite3") as connection:
        connection.execute("CREATE TABLE precious (id INTEGER)")

    assert set_up(installed, "database").states()["database"] == "ok"

    assert "precious" in tables(data)


def test_broken_revision_is_reported_and_leaves_no_database(
    machine: Machine, installed: Path, data: Path, set_up: SetUp
) -> None:
    revision = installed / "migrations" / "versions" / "0001_initial.py"
    whole = revision.read_text()
    try:
        revision.write_text(
            whole.replace("def upgrade() -> None:\n", "def upgrade() -> None:\n    raise ValueError(1)\n")
        )
        said = set_up(installed, *QUICK, "database")
        assert said.lines["database"].state == "failed"
        assert said.lines["database"].detail == "error: migrate up: 1"
        assert said.lines["database"].by_hand == ("make migrate",)
        assert said.states()["git"] == "ok"
        assert not data.exists()
        assert machine.git(installed, "status", "--porcelain") == ""
    finally:
        revision.write_text(whole)
        shutil.rmtree(installed / ".git", ignore_errors=True)


def test_revision_that_does_not_come_down_is_reported(installed: Path, data: Path, set_up: SetUp) -> None:
    revision = installed / "migrations" / "versions" / "0001_initial.py"
    whole = revision.read_text()
    try:
        revision.write_text(whole.replace("def downgrade() -> None:\n", "def downgrade() -> None:\n    return\n"))
        said = set_up(installed, "database")
        assert said.lines["database"].state == "failed"
        assert "already exists" in said.lines["database"].detail, said.text
        assert not data.exists()
    finally:
        revision.write_text(whole)


def test_database_whose_place_is_taken_is_reported(installed: Path, data: Path, set_up: SetUp) -> None:
    data.write_text("a file, not a folder")

    said = set_up(installed, "database")

    assert said.lines["database"].state == "failed"
    assert said.lines["database"].by_hand == ("make migrate",)
    assert data.read_text() == "a file, not a folder"


def test_database_that_the_settings_name_is_left_alone(installed: Path, data: Path, set_up: SetUp) -> None:
    somebodys = installed.parent / "somebodys.sqlite3"
    (installed / ".env").write_text(f"DATABASE_URL=sqlite:///{somebodys}\n")

    said = set_up(installed, "database")

    assert said.lines["database"].state == "ok"
    assert "DATABASE_URL of .env was left alone" in said.lines["database"].detail
    assert said.lines["database"].by_hand == ("make migrate",)
    assert not somebodys.exists()
    assert not data.exists()


def test_database_of_the_callers_environment_is_left_alone(installed: Path, data: Path, set_up: SetUp) -> None:
    somebodys = installed.parent / "somebodys.sqlite3"

    said = set_up(installed, "database", DATABASE_URL=f"sqlite:///{somebodys}")

    assert said.lines["database"].state == "ok"
    assert not somebodys.exists()
    assert {"alembic_version"} <= tables(data)


def test_pipeline_that_is_no_yaml_is_reported(installed: Path, set_up: SetUp) -> None:
    file = installed / ".github" / "workflows" / "broken.yml"
    file.write_text("jobs: [\n")
    try:
        said = set_up(installed, "pipeline")
    finally:
        file.unlink()
    assert said.lines["pipeline"].state == "failed"
    assert "broken.yml" in said.lines["pipeline"].detail
