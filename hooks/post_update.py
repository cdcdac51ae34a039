"""What Copier runs at the end of ``copier update``: lock the dependencies anew if the update changed them.

It never runs ``git add`` or ``git commit``: the changes, and the conflicts among them, are for a person
to see. It ends with 0 even if it fails, and then says what to do by hand.

Switches: ``SKIP_HOOKS=1``, or ``SKIP_HOOK_DEPENDENCIES=1``.
"""

import re
import sys
from pathlib import Path

from report import CommandFailed, Outcome, find_uv, lock_dependencies, perform, run

BY_HAND = "uv lock && make install"
CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>) ", re.MULTILINE)


def main() -> int:
    """Do the step; returns the exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        perform("dependencies", BY_HAND, relock)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    return 0


def relock() -> Outcome:
    """Bring ``uv.lock`` in line with ``pyproject.toml``, keeping every version that still fits."""
    project, lock = Path("pyproject.toml"), Path("uv.lock")
    if not lock.exists():
        return Outcome("skipped", "there is no uv.lock yet", "make install")
    if CONFLICT.search(project.read_text(encoding="utf-8")):
        return Outcome("skipped", "pyproject.toml has a conflict: resolve it first", BY_HAND)
    if not _changed(project):
        return Outcome("ok", "nothing to do: pyproject.toml is as it was")
    before = lock.read_bytes()
    lock_dependencies(find_uv())
    if lock.read_bytes() == before:
        return Outcome("ok", "uv.lock still fits")
    return Outcome("ok", "uv.lock is renewed; commit it with the update")


def _changed(file: Path) -> bool:
    """Whether a file differs from the last commit."""
    try:
        run(["git", "diff", "--quiet", "HEAD", "--", file], seconds=20)
    except CommandFailed:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
