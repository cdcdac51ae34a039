"""Render a service out of the working tree, uncommitted changes included, for the edit, render, test round.

    python scripts/render.py tests/answers/sqlite.yml [--into build]

The service is written to build/<project_slug>. A second render brings the folder to exactly what the template
renders now, but leaves what is not the template's alone: .git, .venv, .data, .env, the lock file and caches. As
other files are deleted, a folder outside build/ is written only if it is new. No hook runs.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import copier
import yaml
from copier._main import Worker
from jinja2 import Environment
from plumbum import local

ROOT = Path(__file__).resolve().parents[1]
# What a template consists of; everything else of this repository has no part in a render.
PARTS = ("copier.yml", "questions", "facts", "rules", "licenses", "fragments", "hooks", "template")
KEPT = frozenset(
    {
        ".coverage",
        ".data",
        ".env",
        ".git",
        ".hypothesis",
        ".import_linter_cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".rules",
        ".tools",
        ".venv",
        "uv.lock",
    }
)
# The settings of a Jinja environment that the code of a template depends on.
_LANGUAGE = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
    "optimized",
    "undefined",
    "finalize",
    "autoescape",
)


def quicken_renders() -> None:
    """Let all renders of this process share what Jinja compiles, and ask git for nothing that it will not say.

    Copier compiles each part of each path anew, about six thousand templates in a render: half of its time. And
    for each file it asks git whether it has to be told of modes, as on file systems that do not know them.
    """
    Worker._sync_git_index_executable_bit = lambda *_: None  # type: ignore[method-assign]
    original = Environment.compile
    compiled: dict[tuple[object, ...], Any] = {}

    def compile_or_recall(environment: Environment, source: Any, *arguments: Any, **named: Any) -> Any:
        if not isinstance(source, str):
            return original(environment, source, *arguments, **named)
        language = [getattr(environment, name) for name in _LANGUAGE]
        key = (type(environment), source, *language, *sorted(environment.extensions), *arguments, *named.items())
        if key not in compiled:
            compiled[key] = original(environment, source, *arguments, **named)
        return compiled[key]

    Environment.compile = compile_or_recall  # type: ignore[method-assign, assignment]


def known_questions() -> set[str]:
    """The names of the questions that a person is asked."""
    names: set[str] = set()
    for file in (ROOT / "questions").glob("*.yml"):
        questions = yaml.safe_load(file.read_text(encoding="utf-8"))
        names |= {name for name, question in questions.items() if question.get("when", True)}
    return names


def read_answers(path: Path) -> dict[str, Any]:
    """Answers from a YAML file; those it does not give keep their defaults.

    Raises:
        SystemExit: there is no such file, or it answers a question that nobody asks.
    """
    if not path.is_file():
        raise SystemExit(f"{path}: no such file. Try one of tests/answers/.")
    answers: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if unknown := sorted(answers.keys() - known_questions()):
        raise SystemExit(f"{path}: no question is called {', '.join(unknown)}. See questions/.")
    return answers


def snapshot(target: Path, leave_out: str = "") -> Path:
    """Copy the template's parts, without git: Copier then takes the files as they are now."""
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache")
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if part == leave_out:
            continue
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=skipped)
        elif source.is_file():
            shutil.copy2(source, target / part)
    return target


def render(answers: dict[str, Any], into: Path, *, renew: bool = True) -> Path:
    """Render into the folder named by the answers' slug and return it.

    Raises:
        SystemExit: the folder holds files already, and `renew` forbids to replace them.
    """
    with tempfile.TemporaryDirectory(prefix="render-") as folder:
        fresh = Path(folder) / "service"
        template = snapshot(Path(folder) / "template")
        # Copier starts git for every single file, to keep modes in an index; this render has none. Half the time.
        with local.env(PATH=""):
            done = copier.run_copy(
                str(template), fresh, data=answers, defaults=True, quiet=True, skip_tasks=True, unsafe=True
            )
        target = into / str(done.answers.combined["project_slug"])
        if target.exists() and not renew and any(target.iterdir()):
            raise SystemExit(f"{target} holds files already. Outside build/, name a folder where nothing is lost.")
        target.mkdir(parents=True, exist_ok=True)
        synchronise(fresh, target)
    return target


def contents(folder: Path) -> Iterator[Path]:
    """Everything of the template's in a service, each folder before what it holds."""
    for path in sorted(folder.iterdir()):
        if path.name in KEPT:
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from (inner for inner in sorted(path.rglob("*")) if "__pycache__" not in inner.parts)


def synchronise(source: Path, target: Path) -> None:
    """Make `target` hold what `source` holds, touching only files that differ, and never what is in KEPT."""
    wanted = {path.relative_to(source): path for path in contents(source)}
    for path in reversed(list(contents(target))):
        new = wanted.get(path.relative_to(target))
        if new and not path.is_symlink() and new.is_dir() == path.is_dir():
            continue
        path.unlink() if path.is_symlink() or not path.is_dir() else shutil.rmtree(path)
    for name, new in wanted.items():
        old = target / name
        if new.is_dir():
            old.mkdir(exist_ok=True)
        elif not old.is_file() or old.read_bytes() != new.read_bytes():
            shutil.copy2(new, old)
        elif old.stat().st_mode != new.stat().st_mode:
            old.chmod(new.stat().st_mode)


def main() -> int:
    """Render as the command line says."""
    parser = argparse.ArgumentParser(description="Render a service out of the working tree.")
    parser.add_argument("answers", type=Path, help="YAML file with answers, for example tests/answers/default.yml")
    parser.add_argument("--into", type=Path, default=ROOT / "build", help="parent folder (default: build)")
    parser.add_argument("--python", metavar="VERSION", help="another answer to python_version")
    options = parser.parse_args()
    answers = read_answers(options.answers)
    if options.python:
        answers["python_version"] = options.python
    started = time.monotonic()
    own = options.into.resolve().is_relative_to(ROOT / "build")
    target = render(answers, options.into, renew=own)
    files = sum(path.is_file() for path in contents(target))
    print(f"{target}: {files} files in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
