"""Two releases of the template in a repository of their own, and services rendered from the first."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import copier

from tests.environment import present_environment

# What a service gets once and owns from then on.
ONCE_ONLY = ("README.md", "CHANGELOG.md", "migrations/versions/0001_initial.py")
ANSWERS = ".copier-answers.yml"
FIRST, SECOND = "v1.0.0", "v2.0.0"

# The improvements of the second release, made in the template's sources: text found and its replacement.
CHANGED = {
    "src/{{ package_name }}/core/clock.py": (
        "class SystemClock",
        "# Improved in the second release.\nclass SystemClock",
    ),
    "src/{{ package_name }}/settings.py.jinja": ('SERVICE_NAME = "', 'RELEASE = "second"\nSERVICE_NAME = "'),
    "Makefile.jinja": ("# Every command of this service.", "# Each and every command of this service."),
    "pyproject.toml.jinja": ('["uv_build>=0.9,<1"]', '["uv_build>=0.9.1,<1"]'),
    "docs/logging.md": ("# ", "# Second release: "),
    "{{ on_postgresql }}/docs/engine.md.jinja": ("# ", "# Second release: "),
    "{{ on_sqlite }}/docs/engine.md.jinja": ("# ", "# Second release: "),
    # Owned by the service once it is rendered, so nobody who updates may see these.
    "README.md.jinja": ("# ", "# Second release: "),
    "CHANGELOG.md": ("# ", "# Second release: "),
    "{{ on_sqlalchemy }}/migrations/versions/0001_initial.py.jinja": ("Initial schema.", "Second initial schema."),
    "{{ on_django }}/{{ on_sample }}/src/{{ package_name }}/products/migrations/0001_initial.py": (
        "Initial schema",
        "Second initial schema",
    ),
}
NEW = {
    "docs/second-release.md": "# New in the second release\n",
    "{{ on_sqlite }}/docs/second-sqlite.md": "# New for SQLite\n",
    "{{ on_postgresql }}/docs/second-postgresql.md": "# New for PostgreSQL\n",
}
RENAMED = {"docs/feature-template.md": "docs/feature-plan.md"}
REMOVED = ("docs/edge-cases.md.jinja",)


def git(folder: Path, *arguments: str) -> str:
    """What a git command in a folder prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def commit_all(folder: Path, message: str) -> None:
    """Commit everything that is there and not ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", message)


def publish(template: Path, folder: Path) -> Path:
    """The template as it is now, tagged as the first release, and the planted improvements as the second."""
    shutil.copytree(template, folder)
    git(folder, "init", "--quiet")
    commit_all(folder, "First release")
    git(folder, "tag", FIRST)
    root = folder / "template"
    for name, (old, new) in CHANGED.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r} any more: plant another improvement in tests/updates/releases.py"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    for name, text in NEW.items():
        (root / name).write_text(text, encoding="utf-8")
    for old_name, new_name in RENAMED.items():
        git(root, "mv", old_name, new_name)
    for name in REMOVED:
        git(root, "rm", "--quiet", name)
    commit_all(folder, "Second release")
    git(folder, "tag", SECOND)
    return folder


def copy(repository: Path, target: Path, release: str, **answers: Any) -> Path:
    """A fresh service of a release, in a git repository with everything committed."""
    with present_environment():
        copier.run_copy(str(repository), target, vcs_ref=release, data=answers, defaults=True, quiet=True, unsafe=True)
    if not (target / ".git").exists():
        git(target, "init", "--quiet")
        commit_all(target, "Start the service")
    return target


def update(service: Path, release: str, *, conflict: str = "inline", **answers: Any) -> None:
    """Bring a service to a release, as `copier update` does, perhaps with other answers."""
    with present_environment():
        copier.run_update(
            service,
            vcs_ref=release,
            data=answers,
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=True,
            conflict=conflict,  # type: ignore[arg-type]
        )


def tracked(service: Path) -> dict[str, str]:
    """Every file that git tracks or would track, with its text."""
    names = git(service, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    return {name: (service / name).read_text(encoding="utf-8") for name in names if (service / name).exists()}


def updated_files(service: Path) -> dict[str, str]:
    """The same without what belongs to the service once it is rendered: pages of its own, and revisions."""
    return {
        name: text
        for name, text in tracked(service).items()
        if name not in ONCE_ONLY and not re.search(r"(^migrations/versions|/migrations)/\w+\.py$", name)
    }


def run_service(service: Path, *arguments: str, **variables: str) -> str:
    """Run a module of the service with the libraries of the template's own environment."""
    package = next(path for path in (service / "src").iterdir() if path.suffix != ".dist-info")
    # The service asks for its own version, so it has to look installed.
    metadata = package.with_name(f"{package.name}-0.1.0.dist-info") / "METADATA"
    metadata.parent.mkdir(exist_ok=True)
    slug = package.name.replace("_", "-")
    metadata.write_text(f"Metadata-Version: 2.1\nName: {slug}\nVersion: 0.1.0\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=service,
        env={**os.environ, "PYTHONPATH": "src", "ENVIRONMENT": "development", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    shutil.rmtree(metadata.parent)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"
    return done.stdout
