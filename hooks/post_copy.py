"""What Copier runs once a service is rendered: settings, dependencies, database, pipeline, git.

Copier runs it after ``copier copy`` and ``copier recopy``, in the new service's folder. Each step prints
one line: ``ok``, ``skipped`` or ``failed``, its time, and, where something is left to do, the command
that does it by hand. A step that fails takes back what it has begun, the others go on, and the exit
status stays 0: the rendered repository is whole with or without them. Running it again is safe, and
does what could not be done before.

Switches: ``SKIP_HOOKS=1`` leaves everything out, ``SKIP_HOOK_<STEP>=1`` one step of ``SETTINGS``,
``DEPENDENCIES``, ``DATABASE``, ``PIPELINE`` and ``GIT``.
"""

import argparse
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from report import CommandFailed, Outcome, find_uv, lock_dependencies, perform, run

FIRST_COMMIT = "Create the service from its template"
# The commit hook comes after the first commit: it needs the tools in .venv, which may not be there.
COMMIT_BY_HAND = f'git commit -m "{FIRST_COMMIT}"'
GIT_BY_HAND = f"git init -b main && git add . && {COMMIT_BY_HAND} && make hooks"

# Runs in the service's virtual environment, with "<package> <scratch> <project or nothing>": in one process, because
# starting takes the longest. The scratch directory gets a database of its own: `down` drops every table, and that must
# never meet somebody's rows.
REHEARSAL = """
import importlib, os, sys
package, scratch, project = sys.argv[1:]
main = importlib.import_module(package + ".cli").main
plan = [(scratch, words) for words in ("migrate up", "migrate down base", "migrate up", "check-schema")]
if project:
    plan.append((project, "migrate up"))
for place, words in plan:
    os.chdir(place)
    try:
        status = main(words.split())
    except Exception as error:
        told = str(error).strip().splitlines() or [type(error).__name__]
        sys.exit(f"error: {words}: {told[0]}")
    if status:
        sys.exit(status)
"""

READ_YAML = """
import sys, yaml
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            read = yaml.safe_load(file)
    except yaml.YAMLError as error:
        sys.exit("error: " + path + ": " + " ".join(str(error).split()))
    if not isinstance(read, dict):
        sys.exit("error: " + path + " holds no settings")
"""


@dataclass(frozen=True)
class Service:
    """What the hook has to know of the answers.

    Attributes:
        package: name of the Python package.
        database: title of the engine.
        embedded: whether the engine runs without a server in development.
        pipeline: directory of the pipeline's files; empty without a pipeline.
    """

    package: str
    database: str
    embedded: bool
    pipeline: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Do every step in its order; returns the exit status."""
    service = _service(arguments)
    if not Path("pyproject.toml").is_file():
        print(f"{Path.cwd()} holds no rendered service (no pyproject.toml).", file=sys.stderr)
        return 2
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a path may hold what the terminal cannot show
    print(f"Setting up {Path.cwd().name}", flush=True)
    started = time.monotonic()
    migrate = "make migrate" if service.embedded else "make services && make migrate"
    steps = (
        ("settings", "cp .env.example .env   # and give SECRET_KEY a value", write_settings),
        ("dependencies", "make install", install_dependencies),
        ("database", migrate, lambda: try_database(service, migrate)),
        ("pipeline", "make test", lambda: check_pipeline(Path(service.pipeline or "."), service)),
        ("git", GIT_BY_HAND, commit),
    )
    try:
        outcomes = [perform(step, by_hand, action) for step, by_hand, action in steps]
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    _print_total(outcomes, time.monotonic() - started)
    return 0


def _service(arguments: Sequence[str] | None) -> Service:
    parser = argparse.ArgumentParser(description="Set up a service that was just rendered.")
    parser.add_argument("--package", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--embedded", choices=["yes", "no"], required=True)
    parser.add_argument("--pipeline", default="")
    given = parser.parse_args(arguments)
    return Service(given.package, given.database, given.embedded == "yes", given.pipeline)


def _print_total(outcomes: Sequence[Outcome], seconds: float) -> None:
    done = sum(outcome.state == "ok" for outcome in outcomes)
    left = sum(bool(outcome.by_hand) for outcome in outcomes)
    rest = f"; {left} left to you, with the command" if left else ""
    print(f"  {done} of {len(outcomes)} steps done in {seconds:.1f} s{rest}", flush=True)


# ---- settings -----------------------------------------------------------------------------------


def write_settings() -> Outcome:
    """Write ``.env`` with a secret of its own, for its owner's eyes; an existing one is kept."""
    path = Path(".env")
    if path.exists() or path.is_symlink():
        return Outcome("skipped", "the .env that was here is kept")
    text = (
        "# Settings of this machine. Git ignores this file; .env.example lists every setting.\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
    )
    _write_private(path, text)
    return Outcome("ok", ".env holds a fresh SECRET_KEY")


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# ---- dependencies -------------------------------------------------------------------------------


def install_dependencies() -> Outcome:
    """Resolve, lock and install. What cannot be finished is removed, what was here before is kept."""
    uv = _uv()
    lock_dependencies(uv)
    venv, had_venv = Path(".venv"), Path(".venv").exists()
    try:
        run([uv, "sync", "--frozen"], seconds=900)
    except BaseException:
        if not had_venv:
            shutil.rmtree(venv, ignore_errors=True)
        raise
    packages = _read(Path("uv.lock")).count("\n[[package]]\n") - 1  # without the service
    return Outcome("ok", f"{packages} packages locked and installed in .venv")


def _uv() -> str:
    """An installed uv, else one that the service's own Makefile fetches into .tools/."""
    try:
        return find_uv()
    except CommandFailed:
        run(["make", "UV=.tools/bin/uv", ".tools/bin/uv"], seconds=180)
        return find_uv()


def _venv_python() -> Path | None:
    """The interpreter of the service's virtual environment, if it is there."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = Path(".venv", folder, name).absolute()
    return python if python.exists() else None


# ---- database -----------------------------------------------------------------------------------


def try_database(service: Service, by_hand: str) -> Outcome:
    """Take an embedded database up, down and up again, compare its schema, and migrate the service's own."""
    if not service.embedded:
        return Outcome("skipped", f"{service.database} needs a server", by_hand)
    python = _venv_python()
    if python is None:
        return Outcome("skipped", "needs the dependencies", "make install && make migrate")
    own = "" if _names_database(Path(".env")) else str(Path.cwd())
    data, had_data = Path(".data"), os.path.lexists(".data")
    # A short path: the embedded server's socket lives below it.
    with tempfile.TemporaryDirectory(prefix="up-", ignore_cleanup_errors=True) as scratch:
        Path(scratch).chmod(0o755)  # run as root, the server gives itself a user of its own
        try:
            run([python, "-c", REHEARSAL, service.package, scratch, own], seconds=180)
        except BaseException:
            if not had_data:
                shutil.rmtree(data, ignore_errors=True)
            raise
    done = f"{service.database} up, down, up again; the schema fits"
    if not own:
        return Outcome("ok", f"{done}; the DATABASE_URL of .env was left alone", by_hand)
    return Outcome("ok", done)


def _names_database(file: Path) -> bool:
    """Whether a settings file names a database: that one is somebody's, and not ours to change."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return re.search(r"^\s*(export\s+)?DATABASE_URL(_FILE)?\s*=\s*[^\s#]", text, re.MULTILINE) is not None


# ---- pipeline -----------------------------------------------------------------------------------


def check_pipeline(directory: Path, service: Service) -> Outcome:
    """Check that the pipeline's files are there, are YAML, and call commands that the Makefile has."""
    if not service.pipeline:
        return Outcome("skipped", "no pipeline was asked for")
    files = sorted(directory.glob("*.yml"))
    if not files:
        return Outcome("failed", f"{directory} holds no pipeline", "copier recopy")
    targets = set(re.findall(r"^([a-z][a-z-]*):", _read(Path("Makefile")), re.MULTILINE))
    for file in files:
        called = re.findall(r"^\s*(?:- )?run: make ([a-z][a-z-]*)", _read(file), re.MULTILINE)
        if missing := sorted(set(called) - targets):
            detail = f"{file} calls make {missing[0]}, which the Makefile has not"
            return Outcome("failed", detail, "make help   # and correct the file")
    python = _venv_python()
    if python is None:
        return Outcome("skipped", f"{len(files)} files not parsed: needs the dependencies", "make test")
    run([python, "-c", READ_YAML, *files], seconds=30)
    return Outcome("ok", f"{len(files)} files parsed; their make targets exist")


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# ---- git ----------------------------------------------------------------------------------------


def commit() -> Outcome:
    """Make a repository with the commit hooks on and a first commit, unless there is one around it."""
    if shutil.which("git") is None:
        return Outcome("skipped", "git is not installed", f"(install git)\n{GIT_BY_HAND}")
    top = _work_tree()
    here = Path.cwd().resolve()
    if top is not None and top != here and not _ignored(here):
        by_hand = f"git add . && {COMMIT_BY_HAND}"
        return Outcome("skipped", f"this folder is part of the repository {top}", by_hand)
    if top == here and _git_answers("rev-parse", "--verify", "--quiet", "HEAD"):
        return _existing_history()
    if top == here:
        return _first_commit()
    try:
        _git("init", "--quiet", "--initial-branch=main")
        return _first_commit()
    except BaseException:
        shutil.rmtree(".git", ignore_errors=True)
        raise


def _work_tree() -> Path | None:
    """The top of the work tree around this folder, if there is one."""
    try:
        return Path(run(["git", "rev-parse", "--show-toplevel"], seconds=20, extra={"LC_ALL": "C"})).resolve()
    except CommandFailed as error:
        if "not a git repository" in str(error):
            return None
        raise


def _ignored(folder: Path) -> bool:
    """Whether the repository around it ignores this folder, so that it is not part of it."""
    return _git_answers("-C", str(folder.parent), "check-ignore", "--quiet", folder.name)


def _existing_history() -> Outcome:
    if not _git("status", "--porcelain"):
        return Outcome("skipped", "there is a history already, and nothing new to commit")
    by_hand = "git diff\ngit add . && git commit"
    return Outcome("skipped", "there is a history already: look at the changes and commit them", by_hand)


def _first_commit() -> Outcome:
    """Commit everything; without a name and an address, only stage it, and invent none."""
    _git("add", "--all")
    if not (_git_knows("GIT_AUTHOR_IDENT") and _git_knows("GIT_COMMITTER_IDENT")):
        return Outcome(
            "skipped",
            "all is staged, not committed: git knows no name and e-mail of yours",
            'git config --global user.name "Your Name"\n'
            f"git config --global user.email you@example.com\n{COMMIT_BY_HAND} && make hooks",
        )
    try:
        _git("commit", "--quiet", "--message", FIRST_COMMIT)
    except CommandFailed as error:
        return Outcome("failed", f"all is staged, not committed: {error}", f"{COMMIT_BY_HAND} && make hooks")
    _git("config", "core.hooksPath", ".githooks")
    name = f"commit {_git('rev-parse', '--short', 'HEAD')} on {_git('branch', '--show-current')}"
    if not Path("uv.lock").exists():
        return Outcome("ok", f"{name}, without uv.lock: add it once it is there")
    return Outcome("ok", f"{name}, commit hooks on")


def _git(*arguments: str) -> str:
    return run(["git", *arguments], seconds=120)


def _git_answers(*arguments: str) -> bool:
    try:
        _git(*arguments)
    except CommandFailed:
        return False
    return True


def _git_knows(identity: str) -> bool:
    """Whether this identity was configured; without the option git would make one up."""
    return _git_answers("-c", "user.useConfigOnly=true", "var", identity)


if __name__ == "__main__":
    sys.exit(main())
