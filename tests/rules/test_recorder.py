"""The ledger of a render, tried on a small project: what is recorded, and what is made of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rules.claims import TEMPLATE

RULES = ("API-01", "API-02", "API-03", "API-04")
CONFIGURATION = """
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = ["--strict-markers", "--strict-config", "--import-mode=importlib", "-p", "no:cacheprovider"]
filterwarnings = ["error"]
"""
TESTS = """
import pytest

@pytest.mark.rule("API-01")
@pytest.mark.parametrize("number", [1, 2])
def test_one(number):
    assert number

class TestTwo:
    @pytest.mark.rule("API-02")
    def test_two(self, broken):
        assert True

@pytest.fixture
def broken():
    yield
    raise ValueError

@pytest.mark.rule("API-03")
@pytest.mark.parametrize("number", [1, 2])
def test_three(number):
    if number == 2:
        pytest.skip("not here")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the ledger of a render and four rules."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "scripts").mkdir()
    shutil.copytree(TEMPLATE / "tests" / "plugins", tmp_path / "tests" / "plugins")
    shutil.copy(TEMPLATE / "scripts" / "rules.py", tmp_path / "scripts")
    entries = [
        {"id": rule, "level": "must", "rule": "It holds.", "where": "here", "proof": "It does."}
        | {"reason": "", "state": "applies", "because": ""}
        for rule in RULES
    ]
    entries += [{**entries[0], "id": "DB-15", "state": "not applicable", "because": "database = sqlite"}]
    catalogue = {"groups": [{"title": "All", "rules": entries}]}
    (tmp_path / "rules" / "catalogue.json").write_text(json.dumps(catalogue))
    (tmp_path / "rules" / "checks.toml").write_text(
        '[[check]]\nname = "lint"\ntarget = "check"\nshows = "clean"\nrules = ["API-04"]\n'
    )
    (tmp_path / "tests" / "__init__.py").write_text("")
    (tmp_path / "tests" / "conftest.py").write_text('pytest_plugins = ["tests.plugins.rule_ledger"]\n')
    (tmp_path / "tests" / "test_it.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        # Plugins of the interpreter that runs this suite have no part in it, and cost a second each time.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def tests(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(project, "-m", "pytest", "-q", *arguments)


tests.__test__ = False  # type: ignore[attr-defined]


def ledger(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(project, "scripts/rules.py", "--json").stdout)
    return found


def statuses(project: Path) -> dict[str, str]:
    return {rule["id"]: rule["status"] for rule in ledger(project)["rules"]}


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "xdist"])
def test_a_pass_proves_and_a_failed_or_skipped_part_does_not(project: Path, workers: list[str]) -> None:
    tests(project, *workers)

    assert statuses(project) == {
        "API-01": "proven",
        "API-02": "failed",
        "API-03": "not proven",
        "API-04": "not proven",
        "DB-15": "not applicable",
    }
    assert ledger(project)["current"] is True


def test_the_list_ends_with_its_sum_and_fails_with_a_failed_rule(project: Path) -> None:
    tests(project)
    done = run(project, "scripts/rules.py")

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == (
        "1 rules proven, 1 failed, 2 not proven, 0 not met, 1 not applicable, 0 not offered yet."
    )
    assert "not applicable: database = sqlite: DB-15" in done.stdout


def test_one_rule_is_shown_with_its_checks(project: Path) -> None:
    tests(project)
    done = run(project, "scripts/rules.py", "api-02")

    assert "failed   tests/test_it.py::TestTwo::test_two" in done.stdout
    assert run(project, "scripts/rules.py", "api-99").stderr.startswith("rules: No such rule: API-99")


def test_an_expected_failure_proves_nothing(project: Path) -> None:
    (project / "tests" / "test_it.py").write_text(
        "import pytest\n@pytest.mark.rule('API-01')\n@pytest.mark.xfail\ndef test_it():\n    assert 0\n"
    )
    tests(project)

    assert statuses(project)["API-01"] == "not proven"


def test_parts_of_a_run_add_up_and_a_test_that_was_left_out_counts_as_missing(project: Path) -> None:
    tests(project, "tests/test_it.py::test_one")
    assert statuses(project)["API-01"] == "proven"
    assert statuses(project)["API-02"] == "not proven"

    tests(project, "tests/test_it.py::test_three")

    assert statuses(project)["API-01"] == "proven"
    assert ledger(project)["rules"][1]["checks"] == [
        {"name": "tests/test_it.py::TestTwo::test_two", "outcome": "not run"}
    ]


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "xdist"])
def test_a_mark_that_names_no_rule_stops_the_run(project: Path, workers: list[str]) -> None:
    (project / "tests" / "test_it.py").write_text(
        "import pytest\n@pytest.mark.rule('API-99')\ndef test_it():\n    assert 1\n"
    )
    done = tests(project, *workers)

    assert done.returncode != 0
    assert "tests/test_it.py::test_it: 'API-99'" in done.stdout + done.stderr
    assert not (project / ".rules").exists()


def test_an_inherited_test_counts(project: Path) -> None:
    (project / "tests" / "suite.py").write_text(
        "import pytest\nclass Suite:\n"
        "    @pytest.mark.rule('API-01')\n    def test_it(self):\n        assert self.works\n"
    )
    (project / "tests" / "test_it.py").write_text(
        "from tests.suite import Suite\nclass TestReal(Suite):\n    works = True\n"
        "class TestFake(Suite):\n    works = False\n"
    )
    tests(project)

    assert statuses(project)["API-01"] == "failed"


def test_changed_code_makes_the_run_out_of_date(project: Path) -> None:
    tests(project)
    (project / "tests" / "test_it.py").write_text(TESTS + "\n# changed\n")

    assert ledger(project)["current"] is False
    assert "The code has changed since" in run(project, "scripts/rules.py").stdout


def test_the_first_record_of_changed_code_forgets_the_old_ones(project: Path) -> None:
    run(project, "scripts/rules.py", "check", "lint", "--", sys.executable, "-c", "")
    assert statuses(project)["API-04"] == "proven"
    (project / "tests" / "test_it.py").write_text(TESTS + "\n# changed\n")
    tests(project)

    assert statuses(project)["API-04"] == "not proven"


def test_without_a_run_it_says_so(project: Path) -> None:
    done = run(project, "scripts/rules.py")

    assert done.returncode == 0
    assert done.stdout.startswith("Nothing was run yet")
    assert "0 rules proven" in done.stdout


@pytest.mark.parametrize(("code", "status"), [("", "proven"), ("raise SystemExit(3)", "failed")])
def test_a_check_is_recorded_as_it_ended(project: Path, code: str, status: str) -> None:
    done = run(project, "scripts/rules.py", "check", "lint", "--", sys.executable, "-c", code)

    assert done.returncode == (3 if code else 0)
    assert statuses(project)["API-04"] == status


def test_a_check_that_is_not_registered_is_refused(project: Path) -> None:
    done = run(project, "scripts/rules.py", "check", "magic", "--", "true")

    assert done.returncode == 1
    assert "No check 'magic' in rules/checks.toml. Known: lint" in done.stderr


def test_a_missing_command_is_a_failed_check(project: Path) -> None:
    done = run(project, "scripts/rules.py", "check", "lint", "--", "no-such-command")

    assert done.returncode == 127
    assert "no-such-command cannot be started" in done.stderr
    assert statuses(project)["API-04"] == "failed"


def test_a_registered_check_with_an_unknown_rule_is_refused(project: Path) -> None:
    path = project / "rules" / "checks.toml"
    path.write_text(path.read_text().replace("API-04", "API-44"))

    assert "names unknown rules ['API-44']" in run(project, "scripts/rules.py").stderr


def test_a_damaged_record_names_the_way_out(project: Path) -> None:
    tests(project)
    (project / ".rules" / "last-run.json").write_text("{")

    assert "Delete it" in run(project, "scripts/rules.py").stderr
