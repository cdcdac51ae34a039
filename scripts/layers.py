"""Works out from the tree of the template alone what a set of answers renders, and from which source.

This is a second opinion on what Copier does: `tests/render` asserts that a render holds these files and no other.
"""

import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "template"
BASE = "base"
FLAG = re.compile(r"\{\{ on_(\w+) \}\}")
SUFFIX = ".jinja"
IGNORED_FOLDERS = {"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache"}


class _CopierConfiguration:
    answers_file = ".copier-answers.yml"


@cache
def _questions() -> dict[str, dict[str, Any]]:
    files = sorted((ROOT / "questions").glob("*.yml"))
    return {name: one for path in files for name, one in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def context(answers: dict[str, Any]) -> dict[str, Any]:
    """What names of files and folders may depend on: the answers, and the flags computed from them."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    known: dict[str, Any] = {
        "project_name": "Demo Service",
        "project_slug": "demo-service",
        "package_name": "demo_service",
        "_copier_conf": _CopierConfiguration(),
    }
    flags: dict[str, str] = {}
    for name, question in _questions().items():
        if name.startswith("on_"):
            flags[name] = question["default"]
        elif question.get("when") is not False and name not in known:
            chosen = question["default"]
            known[name] = environment.from_string(chosen).render() if isinstance(chosen, str) else chosen
    known |= answers
    known |= {name: environment.from_string(text).render(known) for name, text in flags.items()}
    return known


def sources(answers: dict[str, Any], template: Path = TEMPLATE) -> dict[str, list[str]]:
    """The sources of each file that the answers render; more than one is a conflict between layers."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    known = context(answers)
    rendered: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for path in sorted(template.rglob("*")):
        name = path.relative_to(template)
        if IGNORED_FOLDERS & set(name.parts) or path.suffix == ".pyc" or not path.is_file():
            continue
        for part in name.parts:
            if part not in rendered:
                rendered[part] = environment.from_string(part).render(known) if "{" in part else part
        parts = [rendered[part] for part in name.parts]
        if not all(parts) or parts[-1] == SUFFIX:
            continue
        target = "/".join(part for part in parts if part != ".").removesuffix(SUFFIX)
        found.setdefault(target, []).append(name.as_posix())
    return found


def layer_of(source: str) -> str:
    """The layer of a file of the template: `base`, `flask`, or those that have to meet, `sqlalchemy + sample`."""
    return " + ".join(FLAG.findall(PurePosixPath(source).as_posix())) or BASE


def layer_folders(template: Path = TEMPLATE) -> set[str]:
    """The layers that the tree of the template has, by the names of their flags."""
    return {path.name.removeprefix("{{ ").removesuffix(" }}") for path in template.rglob("{{ on_* }}") if path.is_dir()}
