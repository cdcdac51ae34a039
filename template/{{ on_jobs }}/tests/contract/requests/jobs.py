"""Jobs, and those among them that were given up."""

from __future__ import annotations

from tests.blackbox.jobs import DEAD, JOBS, a_dead_job
from tests.contract.requests import ADMIN, EVERYBODY, Access, Call, Key, Prepared
from tests.support.jobs_over_http import DONE_JOB

JOB = f"{JOBS}/{{job_id}}"
DEAD_JOB = f"{DEAD}/{{job_id}}"

VALID: Prepared = {
    ("GET", JOB): lambda _: Call(f"{JOBS}/{DONE_JOB}"),
    ("GET", DEAD): lambda _: Call(DEAD),
    ("POST", f"{DEAD_JOB}/replay"): lambda api: Call(f"{DEAD}/{a_dead_job(api)}/replay"),
    ("DELETE", DEAD_JOB): lambda api: Call(f"{DEAD}/{a_dead_job(api)}"),
}

CONFLICTING: Prepared = {
    ("POST", f"{DEAD_JOB}/replay"): lambda _: Call(f"{DEAD}/{DONE_JOB}/replay"),
    ("DELETE", DEAD_JOB): lambda _: Call(f"{DEAD}/{DONE_JOB}"),
}

ACCESS: dict[Key, Access] = {
    ("GET", JOB): Access("jobs:read", EVERYBODY, others=frozenset()),
    ("GET", DEAD): Access("jobs:manage", ADMIN),
    ("POST", f"{DEAD_JOB}/replay"): Access("jobs:manage", ADMIN),
    ("DELETE", DEAD_JOB): Access("jobs:manage", ADMIN),
}
