"""Bare renders of the working tree: no hooks, no update, no cache of a former state."""

import fcntl
from functools import cache
from pathlib import Path
from typing import Any

import copier
from plumbum import local


def render(template: Path, target: Path, answers: dict[str, Any]) -> Path:
    """Render without hooks. The answers come out of the matrix, so none of them is unknown."""
    # Copier starts git for every single file, to keep modes in an index; these renders have none. Half the time.
    with local.env(PATH=""):
        copier.run_copy(
            str(template),
            target,
            data=answers,
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_tasks=True,
            unsafe=True,
        )
    return target


def render_once(template: Path, target: Path, answers: dict[str, Any]) -> Path:
    """Render unless another process of this run has done so, or is just doing it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = target.with_suffix(".done")
        if not done.exists():
            render(template, target, answers)
            done.touch()
    return target


def files(root: Path) -> dict[str, bytes]:
    """Every file of a render by its path, with `/` between the parts."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


@cache
def kept_files(root: Path) -> dict[str, bytes]:
    """The files of a render that nobody changes any more, read once."""
    return files(root)
