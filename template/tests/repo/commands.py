"""Runs the commands of this repository as a person would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".tools", ".data", ".rules", "backups", "__pycache__", ".*_cache", ".coverage*"
)


def run(
    *command: str, folder: Path = PROJECT, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with settings of its own; its output is text."""
    environment = {**os.environ, "ENVIRONMENT": "test", **(settings or {})}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def script(
    name: str, *arguments: str, folder: Path = PROJECT, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts; in a copy of the repository, with the code of the copy."""
    settings = {**in_copy(folder), **(settings or {})}
    command = (sys.executable, "-m", f"scripts.{name}", *arguments)
    return run(*command, folder=folder, settings=settings)


def in_copy(folder: Path) -> dict[str, str]:
    """What makes Python take the code of a copy instead of the installed one."""
    return {} if folder == PROJECT else {"PYTHONPATH": str(folder / "src")}


def copy_of_the_repository(target: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(PROJECT, target, ignore=LEFT_OUT)
    return target


def lend_known_types(folder: Path) -> None:
    """Let mypy know in a copy what it knows of the repository: it then looks at what differs alone."""
    known = PROJECT / ".mypy_cache"
    if known.is_dir():
        shutil.copytree(known, folder / known.name)
