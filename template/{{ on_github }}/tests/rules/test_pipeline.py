"""The pipeline: every change, the same commands as on a laptop, the least rights."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .source import ROOT, make_targets, page, project

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def workflow(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def triggers(path: Path) -> dict[str, Any]:
    """When it runs. YAML 1.1 reads the key `on` as true."""
    found: dict[str, Any] = workflow(path)[True]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def runs(path: Path) -> list[str]:
    return [step["run"] for step in steps(path) if "run" in step]


def named(name: str) -> Path:
    return ROOT / ".github" / "workflows" / f"{name}.yml"


@pytest.mark.rule("DEPLOY-10")
def test_every_change_runs_the_checks_and_the_tests() -> None:
    assert {"push", "pull_request"} <= triggers(named("check")).keys()
    assert {"make check", "make test", "make migrate"} <= set(runs(named("check")))
    assert runs(named("check")).index("make migrate") < runs(named("check")).index("make test")


@pytest.mark.rule("DEPLOY-10")
def test_the_pipeline_calls_make_targets_that_exist() -> None:
    called = {
        target
        for path in WORKFLOWS
        for command in runs(path)
        for target in re.findall(r"make ([a-z-]+)", command)
    }

    assert called - make_targets() == set()
    assert all("make " in command for path in WORKFLOWS for command in runs(path))


@pytest.mark.rule("DEPLOY-10")
def test_no_step_may_fail_quietly() -> None:
    lenient = [
        path.name
        for path in WORKFLOWS
        if "continue-on-error" in path.read_text("utf-8") or "|| true" in path.read_text("utf-8")
    ]

    assert lenient == []


@pytest.mark.rule("DEPLOY-12")
def test_actions_are_pinned_by_hash() -> None:
    used = [step["uses"] for path in WORKFLOWS for step in steps(path) if "uses" in step]

    assert used != []
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", one)] == []


@pytest.mark.rule("DEPLOY-12")
def test_jobs_have_the_least_rights_and_an_end() -> None:
    for path in WORKFLOWS:
        assert workflow(path)["permissions"] == {}, path.name
        for name, job in workflow(path)["jobs"].items():
            assert set(job["permissions"].values()) == {"read"}, f"{path.name}: {name}"
            assert job["timeout-minutes"] <= 60, f"{path.name}: {name}"


@pytest.mark.rule("SEC-11")
def test_dependencies_are_audited_on_changes_and_weekly() -> None:
    assert {"push", "pull_request", "schedule"} <= triggers(named("audit")).keys()
    assert "make audit" in runs(named("audit"))
    assert "pip-audit --strict" in page("Makefile")


@pytest.mark.rule("SEC-11")
def test_the_code_is_scanned_on_every_change() -> None:
    check = re.search(r"^check:[\s\S]*?\n\n", page("Makefile"), re.MULTILINE)
    lint = project()["tool"]["ruff"]["lint"]

    assert check is not None
    assert "bandit" in check[0]
    assert "S" in lint["select"]
    assert "skips" not in project()["tool"]["bandit"]


@pytest.mark.rule("SEC-11")
def test_a_planted_flaw_is_found_by_the_scanner(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import subprocess\nsubprocess.run(input(), shell=True)\n")

    done = subprocess.run(
        [sys.executable, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml", str(planted)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "B602" in done.stdout
