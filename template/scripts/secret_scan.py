"""Look for secrets in the repository: in what git keeps, and in new files that it does not ignore.

    python -m scripts.secret_scan    names file, line and kind of each; ends with 1 if there is one

Found are the keys of well-known services, private keys, passwords in addresses, and texts that are too random to be
words. What git ignores, such as `.env`, is not read, and nothing is asked of anybody over the network. A value that
only looks like a secret is made up of words that say so, or its line ends with `# pragma: allowlist secret`.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

PROJECT = Path(__file__).resolve().parents[1]
PROCESSES = 2
# Out of 64 characters, 32 random ones have an entropy of 4.6 on average and nearly always more than this.
LEAST_ENTROPY = 4.2
# The linter's rules S105 to S107 do this better where names and values can be told apart.
NOT_FOR_PYTHON = {"KeywordDetector"}
# Hashes of packages, by the thousand.
NO_SECRETS = {"uv.lock"}
STAND_IN = re.compile(
    r"change-me|example|placeholder|for-tests|of-tests|not-for-production|long-enough|canary|wrong|nobody"
    r"|^(yes|password|secret|s3cret)$",
    re.IGNORECASE,
)


def main() -> int:
    """Scan the repository; returns the exit status."""
    try:
        names = list(files(PROJECT))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Git could not say what belongs to the repository: {error}", file=sys.stderr)
        return 2
    found = findings(PROJECT, names)
    for finding in found:
        print(finding, file=sys.stderr)
    if found:
        print(
            "Take each out, and make a new one: what was committed is known. "
            "If it is none: `# pragma: allowlist secret`.",
            file=sys.stderr,
        )
    return 1 if found else 0


def files(folder: Path) -> Iterator[str]:
    """What belongs to the repository in a folder: files that git keeps, and new ones that it does not ignore.

    A folder that is in no repository is read as if it was about to become one.
    """
    inside = _git(folder, "rev-parse", "--show-toplevel", check=False).strip()
    if inside and Path(inside).resolve() == folder.resolve():
        yield from _listed(folder, "--cached", "--others")
        return
    with tempfile.TemporaryDirectory() as empty:
        _git(folder, "init", "--quiet", "--bare", empty)
        place = (f"--git-dir={empty}", f"--work-tree={folder}")
        yield from _listed(folder, "--others", place=place)


def _listed(folder: Path, *kinds: str, place: Sequence[str] = ()) -> Iterator[str]:
    said = _git(folder, *place, "ls-files", "-z", "--exclude-standard", *kinds)
    for name in sorted({name for name in said.split("\0") if name}):
        if Path(name).name not in NO_SECRETS and (folder / name).is_file():
            yield name


def _git(folder: Path, *arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=check
    )
    return done.stdout


def findings(folder: Path, names: Sequence[str]) -> list[str]:
    """A line for each secret in some files of a folder, without the secret."""
    shares = [names[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES) as processes:
        found = processes.map(partial(_findings, folder), shares)
        return sorted(line for lines in found for line in lines)


def _findings(folder: Path, names: Sequence[str]) -> list[str]:
    python = {name for name in names if name.endswith(".py")}
    return [
        *_scanned(folder, python, without=NOT_FOR_PYTHON),
        *_scanned(folder, set(names) - python, without=set()),
    ]


def _scanned(folder: Path, names: Iterable[str], *, without: set[str]) -> Iterator[str]:
    kinds = {kind.__name__ for kind in get_mapping_from_secret_type_to_class().values()} - without
    limits = {"Base64HighEntropyString": {"limit": LEAST_ENTROPY}}
    settings = {"plugins_used": [{"name": name, **limits.get(name, {})} for name in sorted(kinds)]}
    with transient_settings(settings):
        for name in names:
            for secret in scan_file(str(folder / name)):
                if not STAND_IN.search(secret.secret_value or ""):
                    yield f"{name}:{secret.line_number}: {secret.type}"


if __name__ == "__main__":
    sys.exit(main())
