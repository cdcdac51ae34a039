"""Jobs that are there when the suite begins, where it starts a service of its own."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

from tests.support.callers import Account
from tests.support.server import PROJECT, service_environment

DONE_JOB = UUID("01920000-0000-7000-8000-0000000000d0")
UNFINISHED_JOB = UUID("01920000-0000-7000-8000-0000000000e0")
DEAD_JOBS = 40
DEAD_KIND = "housekeeping.purge"


def make_jobs(database_url: str, owner: Account) -> None:
    """Store jobs in states that cannot be brought about over HTTP.

    Raises:
        RuntimeError: they could not be stored; the message says why.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.made_jobs", owner.email],
        cwd=PROJECT,
        env=service_environment(database_url),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}")
