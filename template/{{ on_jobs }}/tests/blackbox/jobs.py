"""Jobs for tests to follow, over HTTP."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from tests.blackbox.client import Api

JOBS = "/v1/jobs"
DEAD = "/v1/dead-jobs"
PATIENCE_SECONDS = 20


def read_job(api: Api, job_id: str) -> dict[str, Any]:
    """A job of the caller's as it is now."""
    response = api.get(f"{JOBS}/{job_id}")
    assert response.status_code == 200, response.text
    job: dict[str, Any] = response.json()["data"]
    return job


def followed(api: Api, job_id: str) -> list[dict[str, Any]]:
    """A job of the caller's, looked at again and again until it has ended."""
    seen = [read_job(api, job_id)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while seen[-1]["status"] not in {"succeeded", "dead"}:
        assert time.monotonic() < deadline, f"the job has not ended: {seen[-1]}"
        time.sleep(0.02)
        seen.append(read_job(api, job_id))
    return seen


def dead_jobs(api: Api, **parameters: str) -> list[dict[str, Any]]:
    """A page of the jobs that were given up."""
    response = api.get(DEAD, params=parameters)
    assert response.status_code == 200, response.text
    jobs: list[dict[str, Any]] = response.json()["data"]
    return jobs


def a_dead_job(api: Api) -> str:
    """A job that was given up, the one that was so for the longest time.

    A service that runs elsewhere may have none: then the test is skipped.
    """
    found = dead_jobs(api, sort="finished_at", limit="1")
    if not found and "BLACKBOX_URL" in os.environ:
        pytest.skip("jobs that were given up cannot be made over HTTP")
    assert found, "tests/support/made_jobs.py makes too few jobs that were given up"
    identifier: str = found[0]["id"]
    return identifier
