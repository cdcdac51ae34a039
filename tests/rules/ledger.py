"""Compares the ledger of a rendered service, after its `make test` and `make check`, with what is claimed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.rules.claims import proven


def read_ledger(render_dir: Path, python: str = "python3") -> dict[str, Any]:
    """The ledger of a render as JSON. It uses the standard library only, so any Python 3.11 reads it."""
    done = subprocess.run(
        [python, "scripts/rules.py", "--json"],
        cwd=render_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        raise AssertionError(f"scripts/rules.py said nothing in {render_dir}:\n{done.stderr}")
    ledger: dict[str, Any] = json.loads(done.stdout)
    return ledger


def assert_ledger(render_dir: Path, *, default: bool = True, python: str = "python3") -> dict[str, Any]:
    """Fail unless the render proves what it has to.

    Args:
        render_dir: a service whose `make test` and `make check` have run on its present code.
        default: whether it has the default answers. Then a rule proven beyond the list fails too, so that the
            list is never behind; other answers have to prove every listed rule that applies to them.
        python: an interpreter of 3.11 or newer.

    Returns:
        the ledger.
    """
    ledger = read_ledger(render_dir, python)
    assert ledger["current"], f"{render_dir}: no run of this code; run its `make test check` first"
    rules = {rule["id"]: rule for rule in ledger["rules"]}
    failed = {name: failing(rule) for name, rule in rules.items() if rule["status"] == "failed"}
    assert failed == {}, f"rules that failed: {failed}"
    asked = {"proven", "not proven", "failed"}
    lost = {
        name: failing(rules[name])
        for name in proven()
        if rules[name]["status"] != "proven" and (default or rules[name]["status"] in asked)
    }
    assert lost == {}, f"rules that lost their proof: {lost}"
    if default:
        gained = [name for name, rule in rules.items() if rule["status"] == "proven" and name not in proven()]
        assert gained == [], f"newly proven, add to tests/rules/proven.txt: {' '.join(gained)}"
    return ledger


def failing(rule: dict[str, Any]) -> list[str]:
    """The checks of a rule that did not pass, with what they did instead."""
    return [f"{check['name']}: {check['outcome']}" for check in rule["checks"] if check["outcome"] != "passed"]
