"""A repository with two releases, and services of the first that are rendered once and copied for each test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.updates import releases

Service = Callable[..., Path]


@pytest.fixture(autouse=True)
def skip_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hooks run but do nothing: they have tests of their own, and take time."""
    monkeypatch.setenv("SKIP_HOOKS", "1")


@pytest.fixture(scope="session")
def repository(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's repository with both releases."""
    return releases.publish(template, tmp_path_factory.mktemp("published") / "repository")


@pytest.fixture(scope="session")
def rendered_services() -> dict[str, Path]:
    """Services that were rendered already, by their answers."""
    return {}


@pytest.fixture
def service(
    repository: Path,
    rendered_services: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> Service:
    """Make a service of a release, all committed: `service(database="sqlite")`."""

    def make(release: str = releases.FIRST, **answers: object) -> Path:
        key = f"{release} {sorted(answers.items())}"
        if key not in rendered_services:
            target = tmp_path_factory.mktemp("service") / "service"
            rendered_services[key] = releases.copy(repository, target, release, **answers)
        number = sum(1 for _ in tmp_path.glob("service-*"))
        return Path(shutil.copytree(rendered_services[key], tmp_path / f"service-{number}", symlinks=True))

    return make
