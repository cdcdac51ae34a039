"""Plants defects in a rendered service, one at a time, and expects its own checks to notice each.

Defects under the same answers share a render with its environment, one after another. The narrow command of each first
has to pass without a defect; a test that fails for another reason than the defect (a service that does not even start)
does not count.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from scripts.pythons import usable_version
from tests.render import matrix
from tests.rules.catalogue import load_rules

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "answers"
DEFAULT = "sqlite"
SERVICES = {DEFAULT: "fastapi", "flask-sqlite": "flask", "django-sqlite": "django", "session": "fastapi"}
"""The answers that defects are planted under, and the framework of each."""
SECONDS = 300
# As many as share a render: making one takes as long as trying five.
A_FEW = 30


@dataclass(frozen=True)
class Mutant:
    """One planted defect; the fields are described in mutants.toml."""

    name: str
    rules: tuple[str, ...]
    file: str
    find: str
    replace: str
    tests: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    answers: str = DEFAULT
    says: str = field(default="")

    def path(self, service: Path) -> Path:
        """The file in a render."""
        if self.file.startswith("/"):
            return service / self.file[1:]
        (package,) = (path.parent for path in (service / "src").glob("*/settings.py"))
        return package / self.file


MUTANTS = [
    Mutant(**{name: tuple(value) if isinstance(value, list) else str(value) for name, value in entry.items()})  # type: ignore[arg-type]
    for entry in tomllib.loads(Path(__file__).with_name("mutants.toml").read_text("utf-8"))["mutant"]
]


@pytest.fixture(scope="class")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The render that the defects of a class are planted in, with its environment; hooks have no part in it."""
    (answers,) = {mutant.answers for mutant in request.cls.MUTANTS}
    folder = tmp_path_factory.mktemp("mutants")
    yield set_up(answers, folder)
    shutil.rmtree(folder, ignore_errors=True)


def set_up(name: str, folder: Path) -> Path:
    """Render a service on SQLite and install what it needs."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    answers = ANSWERS / f"{name}.yml"
    command = [sys.executable, "scripts/render.py", str(answers), "--into", str(folder), "--python", usable_version()]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.iterdir()
    unwanted = {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    # The second leaves the bytecode of all that the tests import: later runs read it and write none.
    for step in ([uv, "sync", "--quiet"], [".venv/bin/python", "-m", "pytest", "--collect-only", "-qq", "tests"]):
        done = subprocess.run(step, cwd=made, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(step)}: {done.stdout}{done.stderr}"
    return made


def run(service: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the render's own environment."""
    binaries = service / ".venv" / "bin"
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        # Two versions of a file within one second look alike to a cached one.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [str(binaries / command[0]), *command[1:]],
        cwd=service,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def tests(service: Path, *nodes: str) -> subprocess.CompletedProcess[str]:
    """Run some tests of the render, no more than needed to find one that fails."""
    options = ["-x", "-q", "-rf", "-p", "no:randomly", "--no-cov"]
    # Its plugin takes a second to load, in each of the many runs.
    if not any("schemathesis" in node for node in nodes):
        options += ["-p", "no:schemathesis"]
    return run(service, "python", "-m", "pytest", *options, *nodes)


tests.__test__ = False  # type: ignore[attr-defined]


class Planted:
    """Defects that are planted in the same service, one after another: a subclass for each few has them."""

    MUTANTS: ClassVar[list[Mutant]]

    def test_every_narrow_command_passes_without_a_defect(self, service: Path) -> None:
        nodes = sorted({node for mutant in self.MUTANTS for node in mutant.tests})
        done = tests(service, *nodes)

        assert done.returncode == 0, done.stdout[-3000:]
        for command in sorted({mutant.command for mutant in self.MUTANTS if mutant.command}):
            done = run(service, *command)
            assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"

    def test_is_noticed(self, service: Path, mutant: Mutant) -> None:
        path = mutant.path(service)
        original = path.read_text(encoding="utf-8")
        assert original.count(mutant.find) == 1, f"{mutant.file}: `find` occurs {original.count(mutant.find)} times"
        path.write_text(original.replace(mutant.find, mutant.replace), encoding="utf-8")
        try:
            if mutant.tests:
                done = tests(service, *mutant.tests)
                assert done.returncode == 1, f"nobody noticed: {done.stdout[-3000:]}{done.stderr[-1000:]}"
                assert "\nFAILED tests/" in done.stdout, f"it failed for another reason: {done.stdout[-3000:]}"
            else:
                done = run(service, *mutant.command)
                assert done.returncode != 0, f"nobody noticed: {done.stdout[-3000:]}"
                assert mutant.says in done.stdout + done.stderr
        finally:
            path.write_text(original, encoding="utf-8")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand a subclass of `Planted` its defects."""
    if "mutant" in metafunc.fixturenames:
        metafunc.parametrize("mutant", metafunc.cls.MUTANTS, ids=lambda mutant: mutant.name)


for _answers in SERVICES:
    _planted = [mutant for mutant in MUTANTS if mutant.answers == _answers]
    for _first in range(0, len(_planted), A_FEW):
        _title = "".join(word.capitalize() for word in _answers.split("-"))
        _name = f"TestPlantedIn{_title}From{_first}"
        globals()[_name] = type(
            _name, (Planted,), {"MUTANTS": _planted[_first : _first + A_FEW], "__module__": __name__}
        )


def test_mutants_name_rules_of_the_catalogue_and_one_way_to_notice() -> None:
    known = load_rules()

    assert len(MUTANTS) >= 14
    assert {mutant.answers for mutant in MUTANTS} == set(SERVICES)
    assert set(SERVICES.values()) == set(matrix.choices("framework"))
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        assert set(mutant.rules) <= set(known), mutant.name
        assert bool(mutant.tests) != bool(mutant.command), mutant.name
        assert bool(mutant.command) == bool(mutant.says), mutant.name
