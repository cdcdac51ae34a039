"""Rendered services to set up, and a machine that the tests decide about: programs, identity, registry."""

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from scripts.pythons import usable_version
from scripts.render import ROOT, snapshot
from tests.render import rendering

STEPS = ("settings", "dependencies", "database", "pipeline", "git")
IDENTITY = "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n"
LINE = re.compile(r"^  (ok|skipped|failed) +(\w+) +\d+\.\d s  (.*)$")


@dataclasses.dataclass(frozen=True)
class Line:
    """What the hook said of one step."""

    state: str
    detail: str
    by_hand: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Said:
    """The output of a hook."""

    text: str
    status: int

    @property
    def lines(self) -> dict[str, Line]:
        """Each step's line, with what continues it."""
        found: dict[str, Line] = {}
        step = ""
        for text in self.text.splitlines():
            if match := LINE.match(text):
                state, step, detail = match.groups()
                found[step] = Line(state, detail, ())
            elif step and text.strip().startswith("by hand:"):
                by_hand = (*found[step].by_hand, text.partition("by hand:")[2].strip())
                found[step] = dataclasses.replace(found[step], by_hand=by_hand)
            elif step and text.startswith(" " * 20):
                detail = f"{found[step].detail} {text.strip()}"
                found[step] = dataclasses.replace(found[step], detail=detail)
            else:
                step = ""
        return found

    def states(self) -> dict[str, str]:
        """Each step's state."""
        return {step: line.state for step, line in self.lines.items()}


class Machine:
    """Runs commands in an environment of its own: no settings of the person or the machine reach it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_CACHE_DIR")
        self.variables = {name: os.environ[name] for name in kept if name in os.environ}
        self.variables |= {
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "PYTHONUTF8": "1",
        }
        self.variables.setdefault("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))
        # How the machine reaches its package registry is its own affair.
        self.variables |= {name: value for name, value in os.environ.items() if name.startswith("UV_INDEX")}
        self.introduce()

    def introduce(self) -> None:
        """Let git know a name and an e-mail."""
        (self.home / "gitconfig").write_text(IDENTITY)

    def forget(self) -> None:
        """Let git know nobody."""
        (self.home / "gitconfig").write_text("")

    def without(self, program: str) -> None:
        """Take a program off the PATH; the others stay."""
        programs = self.home / f"all-but-{program}"
        programs.mkdir()
        for folder in self.variables["PATH"].split(os.pathsep):
            for file in Path(folder).glob("*") if folder else ():
                link = programs / file.name
                if not file.name.startswith(program) and not link.is_symlink():
                    link.symlink_to(file)
        self.variables["PATH"] = str(programs)

    def run(self, *command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=600,
            check=False,
        )

    def output(self, *command: str | Path, cwd: Path, **variables: str) -> str:
        """What a command prints; it has to end well."""
        done = self.run(*command, cwd=cwd, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def follow(self, by_hand: tuple[str, ...], cwd: Path) -> None:
        """Do what a line says, as a person would, in a shell."""
        for command in by_hand:
            self.output("sh", "-ec", command, cwd=cwd)

    def git(self, service: Path, *arguments: str) -> str:
        """What git prints."""
        return self.output("git", *arguments, cwd=service)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine of the test's own."""
    return Machine(tmp_path / "home")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is now, outside git."""
    return snapshot(tmp_path_factory.mktemp("template") / "source")


@pytest.fixture(scope="session")
def bare(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A render of one database, without hooks, to be copied by the tests."""
    done: dict[str, Path] = {}

    def render(database: str) -> Path:
        if database not in done:
            target = tmp_path_factory.mktemp("bare") / "service"
            done[database] = rendering.render(
                template, target, {"database": database, "python_version": usable_version()}
            )
        return done[database]

    return render


@pytest.fixture
def service(bare: Callable[[str], Path], tmp_path: Path) -> Path:
    """A service on SQLite that no hook has touched."""
    return Path(shutil.copytree(bare("sqlite"), tmp_path / "demo-service", symlinks=True))


SetUp = Callable[..., Said]


@pytest.fixture
def set_up(machine: Machine) -> SetUp:
    """Run the hook in a service, by default on SQLite, with the steps that are named, or with all of them."""

    def call(
        service: Path,
        *steps: str,
        database: str = "SQLite",
        embedded: str = "yes",
        pipeline: str = ".github/workflows",
        **variables: str,
    ) -> Said:
        skipped = {f"SKIP_HOOK_{step.upper()}": "1" for step in STEPS if steps and step not in steps}
        arguments = (
            "--package=demo_service",
            f"--database={database}",
            f"--embedded={embedded}",
            f"--pipeline={pipeline}",
        )
        hook = ROOT / "hooks" / "post_copy.py"
        done = machine.run(sys.executable, "-B", hook, *arguments, cwd=service, **skipped, **variables)
        assert done.returncode == 0, done.stdout
        assert "Traceback" not in done.stdout
        said = Said(done.stdout, done.returncode)
        assert tuple(said.lines) == STEPS, "one line a step"
        for line in said.lines.values():
            complete = line.state == "ok" or any(
                word in line.detail for word in ("kept", "nothing new", "no pipeline was")
            )
            assert complete or line.by_hand, "what was not done comes with how to do it"
        return said

    return call


def rendered_files(service: Path) -> set[str]:
    """The files of a bare render."""
    return set(rendering.files(service))


def assert_whole(machine: Machine, service: Path, rendered: set[str]) -> None:
    """The repository holds every rendered file in one commit, has its commit hooks on, and nothing lies about."""
    assert machine.git(service, "status", "--porcelain") == ""
    assert machine.git(service, "log", "--format=%s") == "Create the service from its template"
    tracked = set(machine.git(service, "ls-files", "-z").split("\0")) - {"", "uv.lock"}
    assert tracked == rendered
    assert machine.git(service, "config", "core.hooksPath") == ".githooks"
    assert (service / ".githooks" / "pre-commit").stat().st_mode & 0o100


def copier(machine: Machine, *arguments: str | Path, cwd: Path, **variables: str) -> str:
    """Run Copier as a person does, for a Python that is installed; returns what it printed."""
    python = ("--data", f"python_version={usable_version()}") if arguments[0] == "copy" else ()
    command = (sys.executable, "-m", "copier", *arguments[:1], *python, *arguments[1:])
    return machine.output(*command, cwd=cwd, **variables)


def quoted(path: Path) -> str:
    """A path as a shell wants it."""
    return shlex.quote(str(path))


def answers(service: Path) -> dict[str, object]:
    """What Copier wrote down."""
    read: dict[str, object] = yaml.safe_load((service / ".copier-answers.yml").read_text(encoding="utf-8"))
    return read
