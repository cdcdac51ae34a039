"""The rule ledger: which engineering rules the last run of the tests and checks proved.

    python scripts/rules.py                      every rule and what became of it (make rules)
    python scripts/rules.py API-15               one rule, with each of its checks
    python scripts/rules.py --json               the same for programs
    python scripts/rules.py check NAME -- CMD    run CMD, record it as check NAME of rules/checks.toml

Nothing but `check` runs anything. `make test` (through tests/plugins/rule_ledger.py) and `make check`
write what happened to `.rules/last-run.json`. A record belongs to the very code it was made with: the
first record of changed code starts the file anew, so that no rule counts as proven by a test of
yesterday.
"""

import argparse
import ast
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

ROOT = Path(__file__).resolve().parent.parent
RULES_DIR = "rules"
RECORD = ".rules/last-run.json"
LOCK_SECONDS = 20.0

# What no check reads: other tools' folders, products and private files are no part of the code.
HIDDEN_BUT_CODE = {".github", ".githooks", ".env.example", ".copier-answers.yml", ".python-version"}
PRODUCTS = {"__pycache__", "backups", "build", "dist", "htmlcov", "node_modules"}

State = Literal["applies", "not met", "not applicable", "not offered yet", "outside"]


class LedgerError(Exception):
    """The catalogue or the record cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue, as it stands for the answers of this service."""

    id: str
    level: str
    rule: str
    where: str
    proof: str
    reason: str
    state: State
    because: str
    group: str


@dataclass(frozen=True)
class RegisteredCheck:
    """A proof that is no test: a tool, the make target that runs it, and the rules it proves."""

    name: str
    target: str
    shows: str
    rules: tuple[str, ...]


@dataclass
class Outcome:
    """How often a check passed, failed and was skipped in the last run; nothing at all means it was not run."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    rules: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The outcome as one word; a single failure or skip decides."""
        if self.failed:
            return "failed"
        if self.skipped:
            return "skipped"
        return "passed" if self.passed else "not run"


@dataclass
class Verdict:
    """What became of a rule."""

    rule: Rule
    checks: list[Outcome] = field(default_factory=list)

    @property
    def status(self) -> str:
        """proven, failed, not proven, or why the rule is not asked for."""
        if self.rule.state != "applies":
            return self.rule.state
        words = {check.word for check in self.checks}
        if "failed" in words:
            return "failed"
        return "proven" if words == {"passed"} else "not proven"


# ---- what is asked ------------------------------------------------------------------------------


def load_catalogue(root: Path = ROOT) -> dict[str, Rule]:
    """Read rules/catalogue.json; the keys are the ids of the rules, in the order of the catalogue."""
    path = root / RULES_DIR / "catalogue.json"
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["groups"]
    except (OSError, ValueError, KeyError) as error:
        raise LedgerError(f"{path} cannot be read ({error}). Take it back from git.") from error
    return {
        entry["id"]: Rule(**entry, group=group["title"])
        for group in groups
        for entry in group["rules"]
    }


def load_checks(root: Path = ROOT) -> dict[str, RegisteredCheck]:
    """Read rules/checks.toml and refuse a rule the catalogue does not know."""
    path = root / RULES_DIR / "checks.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["check"]
    except (OSError, ValueError, KeyError) as error:
        raise LedgerError(f"{path} cannot be read ({error}). Take it back from git.") from error
    catalogue = load_catalogue(root)
    checks: dict[str, RegisteredCheck] = {}
    for entry in entries:
        check = RegisteredCheck(**{**entry, "rules": tuple(entry["rules"])})
        unknown = [rule for rule in check.rules if rule not in catalogue]
        if unknown:
            raise LedgerError(f"{path}: check {check.name!r} names unknown rules {unknown}")
        if check.name in checks:
            raise LedgerError(f"{path}: two checks are called {check.name!r}")
        checks[check.name] = check
    return checks


def marked_tests(root: Path = ROOT) -> dict[str, set[str]]:
    """Find the marks in the source of the tests: test -> rules. Nothing is imported."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marks = {
            rule
            for node in tree.body
            if isinstance(node, ast.Assign) and _names(node.targets) == {"pytestmark"}
            for rule in _rules_in(node.value)
        }
        found.update(_marked_in(tree.body, path.relative_to(root).as_posix(), marks))
    return {name: rules for name, rules in found.items() if rules}


def _marked_in(body: list[ast.stmt], prefix: str, marks: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        own = marks | {rule for mark in node.decorator_list for rule in _rules_in(mark)}
        name = f"{prefix}::{node.name}"
        if isinstance(node, ast.ClassDef):
            if node.name.startswith("Test"):
                found.update(_marked_in(node.body, name, own))
        elif node.name.startswith("test"):
            found[name] = own
    return found


def _names(targets: list[ast.expr]) -> set[str]:
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _rules_in(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


# ---- what happened ------------------------------------------------------------------------------


def fingerprint(root: Path = ROOT) -> str:
    """Hash every file that a test or check may read, so that a record can be tied to its code."""
    digest = hashlib.sha256()
    for path in _code_files(root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _code_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in PRODUCTS or path.suffix in {".pyc", ".log"}:
            continue
        if path.name.startswith(".") and path.name not in HIDDEN_BUT_CODE:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _code_files(path)
        elif path.is_file():
            yield path


def record(outcomes: dict[str, Outcome], code: str, root: Path = ROOT) -> Path:
    """Merge outcomes into the record of this code; a record of other code is replaced."""
    path = root / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_suffix(".lock")):
        run = read_record(root)
        checks = run["checks"] if run and run["code"] == code else {}
        for name, outcome in outcomes.items():
            checks[name] = {
                "passed": outcome.passed,
                "failed": outcome.failed,
                "skipped": outcome.skipped,
                "rules": list(outcome.rules),
            }
        commit, dirty = _git_state(root)
        run = {
            "code": code,
            "commit": commit,
            "uncommitted_changes": dirty,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "checks": dict(sorted(checks.items())),
        }
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
        scratch.replace(path)
    return path


def read_record(root: Path = ROOT) -> dict[str, Any] | None:
    """Read the last run, or None when there is none."""
    path = root / RECORD
    try:
        run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LedgerError(f"{path} is damaged. Delete it, then: make test check") from error
    return run


@contextlib.contextmanager
def _locked(lock: Path) -> Iterator[None]:
    # A folder is made by one process only, on every system; parallel checks wait their turn.
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            if time.monotonic() > until:
                raise LedgerError(
                    f"{lock} is held by another run. If none runs: rmdir {lock}"
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.rmdir()


def _git_state(root: Path) -> tuple[str | None, bool | None]:
    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
            )
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    changes = git("status", "--porcelain")
    return commit, None if changes is None else bool(changes)


def verdicts(root: Path = ROOT) -> list[Verdict]:
    """Put what is asked and what happened together, one verdict for each rule."""
    run = read_record(root)
    seen = run["checks"] if run else {}
    result = {rule.id: Verdict(rule) for rule in load_catalogue(root).values()}
    claims: dict[str, tuple[str, set[str]]] = {
        f"make {check.target}: {check.name}": (f"check:{check.name}", set(check.rules))
        for check in load_checks(root).values()
    }
    # Tests that a class inherits have no mark in their own file: the run itself knows them.
    claims.update(
        {name: (name, set(entry["rules"])) for name, entry in seen.items() if "::" in name}
    )
    claims.update({name: (name, rules) for name, rules in marked_tests(root).items()})
    for label, (key, rules) in claims.items():
        for rule in sorted(rules):
            if rule not in result:
                raise LedgerError(f"{label} names {rule!r}, which the catalogue does not know")
            result[rule].checks.append(Outcome(**{**seen.get(key, {}), "name": label}))
    return list(result.values())


# ---- saying it ----------------------------------------------------------------------------------


def describe_run(root: Path = ROOT) -> tuple[str, bool]:
    """Say which code the last run was made with, and whether that is the code of now."""
    run = read_record(root)
    if run is None:
        return "Nothing was run yet, so no rule is proven. Run: make test check", False
    code = f"commit {run['commit'][:10]}" if run["commit"] else "code without a commit"
    if run["uncommitted_changes"]:
        code += " with uncommitted changes"
    line = f"Last run: {run['finished_at']}, on {code}."
    if run["code"] == fingerprint(root):
        return line, True
    commit, dirty = _git_state(root)
    now = f"commit {commit[:10]}" if commit else "code without a commit"
    now += " with uncommitted changes" if dirty else ""
    return (
        f"{line}\nThe code has changed since (now {now}): what follows is out of date. Run: make test check",
        False,
    )


def count(found: list[Verdict]) -> dict[str, int]:
    """Count the rules by what became of them."""
    kinds = ("proven", "failed", "not proven", *get_args(State)[1:])
    return {kind: sum(verdict.status == kind for verdict in found) for kind in kinds}


def summary(counts: dict[str, int]) -> str:
    """The one line under the list."""
    return (
        f"{counts['proven']} rules proven, {counts['failed']} failed, {counts['not proven']} not proven, "
        f"{counts['not met']} not met, {counts['not applicable'] + counts['outside']} not applicable, "
        f"{counts['not offered yet']} not offered yet."
    )


def as_json(found: list[Verdict], root: Path = ROOT) -> dict[str, Any]:
    """The ledger for programs."""
    run = read_record(root)
    return {
        "current": describe_run(root)[1],
        "run": {key: value for key, value in run.items() if key != "checks"} if run else None,
        "summary": count(found),
        "rules": [
            {
                "id": verdict.rule.id,
                "level": verdict.rule.level,
                "rule": verdict.rule.rule,
                "where": verdict.rule.where,
                "status": verdict.status,
                "because": verdict.rule.because,
                "checks": [{"name": check.name, "outcome": check.word} for check in verdict.checks],
            }
            for verdict in found
        ],
    }


def print_list(found: list[Verdict]) -> None:
    """Print every rule: those asked for by group, the others by their reason."""
    group = ""
    for verdict in found:
        if verdict.rule.state != "applies":
            continue
        if verdict.rule.group != group:
            group = verdict.rule.group
            print(f"\n{group}")
        print(
            f"  {verdict.rule.id:<9} {verdict.rule.level:<6} {verdict.status:<10}  {verdict.rule.rule}"
        )
        print(f"  {'':<28}where: {verdict.rule.where}")
        print(f"  {'':<28}{_checks_line(verdict)}")
    away: dict[str, list[str]] = {}
    for verdict in found:
        if verdict.rule.state != "applies":
            away.setdefault(f"{verdict.rule.state}: {verdict.rule.because}", []).append(
                verdict.rule.id
            )
    print("\nNot asked of this service")
    for why, ids in sorted(away.items()):
        print(f"  {why}: {', '.join(ids)}")


def _checks_line(verdict: Verdict) -> str:
    if not verdict.checks:
        return "no check" + (f": {verdict.rule.reason}" if verdict.rule.reason else "")
    bad = [check for check in verdict.checks if check.word != "passed"]
    shown = [check.name.rsplit("::", 1)[-1] for check in (bad or verdict.checks)[:2]]
    rest = len(bad or verdict.checks) - len(shown)
    names = ", ".join(shown) + (f" and {rest} more" if rest else "")
    words = sorted({check.word for check in bad})
    passed = len(verdict.checks) - len(bad)
    return f"{passed} of {len(verdict.checks)} checks passed" + (
        f"; {' and '.join(words)}: {names}" if bad else f": {names}"
    )


def print_one(verdict: Verdict) -> None:
    """Print one rule with each of its checks."""
    rule = verdict.rule
    print(f"{rule.id} ({rule.level}): {rule.rule}")
    print(f"  where:  {rule.where}\n  proof:  {rule.proof}")
    for note in filter(None, (rule.reason, rule.because)):
        print(f"  note:   {note}")
    print(f"  status: {verdict.status}")
    for check in verdict.checks:
        print(f"    {check.word:<8} {check.name}")


def run_check(name: str, command: list[str], root: Path = ROOT) -> int:
    """Run a registered check, record how it ended, and end the same way."""
    known = load_checks(root)
    if name not in known:
        raise LedgerError(f"No check {name!r} in rules/checks.toml. Known: {', '.join(known)}")
    code = fingerprint(root)
    try:
        status = subprocess.run(command, cwd=root, check=False).returncode
    except OSError as error:
        print(f"{command[0]} cannot be started ({error}). Run: make install", file=sys.stderr)
        status = 127
    outcome = Outcome(name, passed=int(status == 0), failed=int(status != 0))
    record({f"check:{name}": outcome}, code, root)
    if status:
        print(f"check {name} failed: {' '.join(command)}", file=sys.stderr)
    return status


def report(arguments: argparse.Namespace) -> int:
    """Print the ledger; 1 when a rule that is claimed failed."""
    found = verdicts()
    counts = count(found)
    wanted = {rule.upper() for rule in arguments.rules}
    unknown = wanted - {verdict.rule.id for verdict in found}
    if unknown:
        raise LedgerError(f"No such rule: {', '.join(sorted(unknown))}. The list: docs/rules.md")
    if arguments.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        print(describe_run()[0])
        if wanted:
            for verdict in found:
                if verdict.rule.id in wanted:
                    print_one(verdict)
        else:
            print_list(found)
            print(f"\n{describe_run()[0]}\n{summary(counts)}")
    return 1 if counts["failed"] else 0


def main(argv: list[str]) -> int:
    """Parse the command line; see the top of this file."""
    if argv[:1] == ["check"]:
        if len(argv) < 4 or argv[2] != "--":  # noqa: PLR2004 - check, its name, --, a command
            print("usage: scripts/rules.py check NAME -- COMMAND...", file=sys.stderr)
            return 2
        return run_check(argv[1], argv[3:])
    parser = argparse.ArgumentParser(description="Which engineering rules the last run proved.")
    parser.add_argument("rules", nargs="*", metavar="RULE", help="show these rules only, in full")
    parser.add_argument("--json", action="store_true", help="print the ledger for programs")
    return report(parser.parse_args(argv))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LedgerError as error:
        sys.exit(f"rules: {error}")
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; say nothing on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
