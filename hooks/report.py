"""What the hooks share: running a command, and saying in one line what became of each step.

Standard library only: the hooks run in the interpreter that runs Copier, before anything is installed.

``SKIP_HOOKS=1`` turns every step off, ``SKIP_HOOK_<STEP>=1`` a single one (``SKIP_HOOK_GIT=1``). A step
that is not done prints the command that does it by hand.
"""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "skipped", "failed"]

# What the caller's shell, make or git hook set for itself and must not reach the new repository.
# DATABASE_URL among them: a rehearsal of migrations never touches a database that somebody uses.
_NOT_INHERITED = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_URL_FILE",
        "ENVIRONMENT",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "MFLAGS",
        "PYTHONHOME",
        "PYTHONPATH",
        "UV_PROJECT_ENVIRONMENT",
        "VIRTUAL_ENV",
    }
)
_WIDTH = 80
_FRAME = " \t│├╰─▶\N{MULTIPLICATION SIGN}"  # what uv draws around its reasons
_REASON_MARKS = ("error", "fatal", "caused by", "cause")


@dataclass(frozen=True)
class Outcome:
    """How a step ended.

    Attributes:
        state: done, left out on purpose, or tried in vain.
        detail: what there is now, or why it is not there.
        by_hand: the commands that do it, one a line; empty if there is nothing to do.
    """

    state: State
    detail: str
    by_hand: str = ""


class CommandFailed(Exception):
    """A command did not start, did not end in time, or ended with an error. The text says which."""


def environment() -> dict[str, str]:
    """The environment for commands: the caller's, without what belongs to the caller's own tools.

    uv stumbles over pyenv's shims, so it is shown the interpreters themselves.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    pyenv = Path(inherited.get("PYENV_ROOT") or Path.home() / ".pyenv")
    interpreters = sorted(str(path) for path in pyenv.glob("versions/3.1[123].*/bin"))
    inherited["PATH"] = os.pathsep.join([*interpreters, inherited.get("PATH", os.defpath)])
    return inherited


def run(command: Sequence[str | Path], *, seconds: float, extra: Mapping[str, str] | None = None) -> str:
    """Run a command in the working directory and return what it printed.

    Args:
        command: program and arguments; no shell reads them.
        seconds: time limit; then the command ends, and all it has started.
        extra: further environment variables.

    Raises:
        CommandFailed: with the line of its output that says most.
    """
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(
            [os.fspath(part) for part in command],
            env={**environment(), **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # a group of its own, so that nothing outlives the limit
        )
    except FileNotFoundError as error:
        raise CommandFailed(f"{name} is not installed") from error
    except OSError as error:
        raise CommandFailed(f"{name} does not start: {error.strerror}") from error
    with process:
        try:
            output, complaint = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise CommandFailed(f"{name} took more than {seconds:.0f} s") from error
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        told = reason_in(complaint) or reason_in(output)
        raise CommandFailed(told or f"{name} ended with status {process.returncode}")
    return output.strip()


def _end(process: subprocess.Popen[str]) -> None:
    """End a command and what it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows has no process groups of this kind
        process.kill()


def reason_in(output: str) -> str:
    """The line of a command's output that says most about why it failed, of at most 150 letters."""
    lines = [line.strip(_FRAME) for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith("make")]
    told = [line for line in lines if line.lower().startswith(_REASON_MARKS)]
    line = (told or lines or [""])[-1]
    return line if len(line) <= 150 else f"{line[:149]}…"


def switched_off(step: str) -> str:
    """The environment variable that turns this step off, if one does; else an empty text."""
    for name in ("SKIP_HOOKS", f"SKIP_HOOK_{step.upper()}"):
        if os.environ.get(name, "").strip().lower() not in {"", "0", "false", "no"}:
            return name
    return ""


def perform(step: str, by_hand: str, action: Callable[[], Outcome]) -> Outcome:
    """Do one step, unless it is switched off, and print its line, whatever happens in it.

    Args:
        step: its name, as in ``SKIP_HOOK_<STEP>``.
        by_hand: the commands that do the same, for when it is not done.
        action: the step.
    """
    started = time.monotonic()
    if sys.stdout.isatty():
        print(f"  {'...':<9}{step}", end="\r", flush=True)
    if name := switched_off(step):
        outcome = Outcome("skipped", f"{name} is set", by_hand)
    else:
        try:
            outcome = action()
        except CommandFailed as error:
            outcome = Outcome("failed", str(error), by_hand)
        except OSError as error:
            where = error.filename or step
            outcome = Outcome("failed", f"{where}: {error.strerror or error}", by_hand)
        except Exception as error:  # a step of its own accord must not take the others down
            outcome = Outcome("failed", f"{type(error).__name__}: {error}", by_hand)
    _print_line(step, outcome, time.monotonic() - started)
    return outcome


def _print_line(step: str, outcome: Outcome, seconds: float) -> None:
    """One aligned line; further ones for the rest of a long reason and for what to do by hand."""
    start = f"  {outcome.state:<9}{step:<14}{seconds:5.1f} s  "
    text = textwrap.fill(
        " ".join(outcome.detail.split()),
        width=_WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,  # a path stays in one piece
        break_on_hyphens=False,
    )
    print(text)
    for command in outcome.by_hand.splitlines():
        print(f"{'':11}by hand:  {command}")
    sys.stdout.flush()


def lock_dependencies(uv: str) -> None:
    """Bring ``uv.lock`` in line with ``pyproject.toml``. If that fails, it stays as it was.

    Raises:
        CommandFailed: nothing was resolved.
    """
    lock = Path("uv.lock")
    before = lock.read_bytes() if lock.exists() else None
    try:
        run([uv, "lock"], seconds=300)
    except BaseException:
        if before is None:
            lock.unlink(missing_ok=True)
        else:
            lock.write_bytes(before)
        raise


def find_uv() -> str:
    """An installed uv that answers, else the one that the service's Makefile has put into .tools/.

    Raises:
        CommandFailed: there is none.
    """
    for candidate in (os.environ.get("UV", ""), "uv", str(Path(".tools", "bin", "uv").absolute())):
        if candidate:
            # It has to answer, not only to exist: a version manager's shim may point at nothing.
            with contextlib.suppress(CommandFailed):
                run([candidate, "--version"], seconds=20)
                return candidate
    raise CommandFailed("uv is not installed")
