"""What the template claims to prove: marks in its tests, registered checks, and the list that only grows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.rules.catalogue import ROOT

TEMPLATE = ROOT / "template"
PROVEN = Path(__file__).with_name("proven.txt")
MARK = re.compile(r"mark\.rule\(([^)]*)\)")


def test_files() -> list[Path]:
    """Every file with tests of a rendered service, as the template holds it."""
    return sorted(
        path
        for pattern in ("test_*.py", "test_*.py.jinja")
        for path in TEMPLATE.rglob(pattern)
        if "tests" in path.parts
    )


test_files.__test__ = False  # type: ignore[attr-defined]


def marks() -> dict[str, set[str]]:
    """Rule -> the files whose tests are marked with it. Contract suites count like tests."""
    found: dict[str, set[str]] = {}
    for path in sorted({*test_files(), *TEMPLATE.rglob("tests/**/*.py")}):
        if path.name == "rule_ledger.py":
            continue
        for call in MARK.findall(path.read_text(encoding="utf-8")):
            for rule in re.findall(r"[\"']([^\"']+)[\"']", call):
                found.setdefault(rule, set()).add(str(path.relative_to(TEMPLATE)))
    return found


def registered() -> dict[str, dict[str, object]]:
    """The checks that are no tests, by name."""
    text = (TEMPLATE / "rules" / "checks.toml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in tomllib.loads(text)["check"]}


def claimed() -> set[str]:
    """Every rule that a mark or a registered check names."""
    return {*marks(), *(rule for entry in registered().values() for rule in entry["rules"])}  # type: ignore[attr-defined]


def proven() -> list[str]:
    """The rules that the default render has to prove, as listed in proven.txt."""
    return PROVEN.read_text(encoding="utf-8").split()
