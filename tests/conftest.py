"""What all tests of the template share: renders that cannot go wrong quietly, a git of their own, times per stage."""

import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import copier
import pytest
from plumbum import local

from scripts.render import known_questions, quicken_renders, snapshot

quicken_renders()

TESTS = Path(__file__).parent
# Fast ones first: what is broken most often is said soonest. A folder that is not named here comes last.
STAGES = ("questions", "rules", "docs", "hooks", "render", "commands", "updates", "services", "jobs", "mutants")


@pytest.fixture(scope="session", autouse=True)
def git_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the developer's git configuration out of the tests, and the tests out of the developer's repositories."""
    folder = tmp_path_factory.mktemp("git")
    configuration = folder / "gitconfig"
    configuration.write_text(
        "[user]\n\tname = Test Person\n\temail = test.person@example.com\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n',
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path_factory.getbasetemp()))
        # As the Makefile does: the tools of this environment, uv first of all, where the machine has none.
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}")
        for name in [name for name in os.environ if name.startswith("SKIP_HOOK")]:
            patch.delenv(name)
        # Every pytest shuts its folder to others as it starts. One that a test starts must not shut ours: run as root,
        # the embedded PostgreSQL is another user, and has to get to its files.
        nested = Path(tempfile.mkdtemp(prefix="nested-"))
        patch.setenv("PYTEST_DEBUG_TEMPROOT", str(nested))
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "DATABASE_URL", "MAKEFLAGS", "VIRTUAL_ENV"):
            patch.delenv(name, raising=False)
        yield
    shutil.rmtree(nested, ignore_errors=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as the working tree has it now, outside git."""
    return snapshot(tmp_path_factory.mktemp("template") / "source")


Render = Callable[..., Path]


@pytest.fixture
def render(template: Path, tmp_path: Path) -> Render:
    """Render a service: `render(database="sqlite")`. Its hooks run only with `hooks=True`.

    An answer to a question that nobody asks is an error, where Copier would ignore it. Copier's own errors come
    through.
    """

    def one(*, into: Path = tmp_path / "service", hooks: bool = False, **answers: Any) -> Path:
        if unknown := sorted(answers.keys() - known_questions()):
            raise ValueError(f"no question is called {', '.join(unknown)}")
        # Only the hooks need git, which Copier else starts for every single file.
        with nullcontext() if hooks else local.env(PATH=""):
            copier.run_copy(
                str(template),
                into,
                data=answers,
                defaults=True,
                overwrite=True,
                quiet=True,
                skip_tasks=not hooks,
                unsafe=True,
            )
        return into

    return one


def stage_of(path: str) -> str:
    """The folder of tests/ a test file belongs to."""
    return Path(path).parts[1] if len(Path(path).parts) > 2 else "template"


class Progress:
    """Says at once what failed and when a stage began: of a run that is cut off, nothing else is left."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._started = time.monotonic()
        self._stages: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the report of a phase of a test, wherever it ran."""
        stage = stage_of(report.nodeid.partition("::")[0])
        minutes = (time.monotonic() - self._started) / 60
        if stage not in self._stages:
            self._stages.add(stage)
            self._terminal.write_line(f"\n{stage}: after {minutes:.1f} min")
        if report.failed:
            self._terminal.write_line(f"\nFAILED {report.nodeid}: {report.when} after {minutes:.1f} min")
            self._terminal.write_line("\n".join(report.longreprtext.splitlines()[-40:]))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Report progress from the one process that hears of all tests."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(terminal), "progress")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by stage; within one they stay as they are written."""
    position = {stage: number for number, stage in enumerate(STAGES)}
    items.sort(key=lambda item: position.get(stage_of(item.nodeid.partition("::")[0]), len(STAGES)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the services that ran have shown, and how long each stage worked, summed over parallel processes."""
    seconds: dict[str, float] = defaultdict(float)
    tests: dict[str, int] = defaultdict(int)
    services: list[dict[str, object]] = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                if report.when == "call":  # each later phase repeats it
                    services += [found for name, found in report.user_properties if name == "service"]  # type: ignore[misc]
                stage = stage_of(report.nodeid.partition("::")[0])
                seconds[stage] += report.duration
                tests[stage] += report.when == "call"
    if services:
        terminalreporter.section("services")
        columns = ("tests", "black box", "seconds", "coverage")
        terminalreporter.line(f"{'':<32}" + "".join(f"{column:>10}" for column in columns))
        for found in sorted(services, key=lambda one: str(one["name"])):
            shown = "".join(f"{found.get(column, '-'):>10}" for column in columns)
            terminalreporter.line(f"{found['name']:<32}{shown}")
    if len(seconds) > 1:
        terminalreporter.section("stages")
        for stage in sorted(seconds, key=lambda stage: (*STAGES, stage).index(stage)):
            terminalreporter.line(f"{stage:<12}{tests[stage]:>5} tests {seconds[stage]:>8.1f} s")
