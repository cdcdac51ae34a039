"""Jobs: followed by whoever asked for them, looked after by administrators."""

from __future__ import annotations

import os
import time
from uuid import uuid4

import pytest

from tests.blackbox.asking import UNKNOWN_ID, walk
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.jobs import DEAD, JOBS, PATIENCE_SECONDS, a_dead_job, dead_jobs, read_job
from tests.blackbox.people import AUDIT, Person
from tests.support.jobs_over_http import DEAD_KIND, DONE_JOB

pytestmark = pytest.mark.skipif(
    "BLACKBOX_URL" in os.environ, reason="jobs that have ended cannot be made over HTTP"
)

DEAD_MEMBERS = {
    "id",
    "kind",
    "attempts",
    "error",
    "actor_id",
    "request_id",
    "created_at",
    "finished_at",
}


@pytest.mark.rule("JOB-08", "API-12")
def test_job_tells_its_owner_how_it_stands(api: Api) -> None:
    job = read_job(api, str(DONE_JOB))

    assert (job["status"], job["progress"], job["attempts"]) == ("succeeded", 100, 1)
    assert (job["result"], job["error"]) == ({"jobs": 0}, None)
    assert "payload" not in job


@pytest.mark.rule("JOB-08", "AUTH-06")
def test_job_of_somebody_else_is_not_there(api: Api, staff: Person, customer: Person) -> None:
    answers = [person.api.get(f"{JOBS}/{DONE_JOB}") for person in (staff, customer)]
    answers.append(api.get(f"{JOBS}/{UNKNOWN_ID}"))

    assert {(one.status_code, error_code(one)) for one in answers} == {(404, "job.not_found")}


@pytest.mark.rule("JOB-07")
def test_jobs_that_were_given_up_are_listed_with_their_errors_and_without_their_payloads(
    api: Api,
) -> None:
    job = dead_jobs(api, kind=DEAD_KIND, limit="1")[0]

    assert set(job) == DEAD_MEMBERS
    assert job["error"] == "the payload does not fit: payload"
    assert job["finished_at"] is not None


@pytest.mark.rule("JOB-07", "API-15", "API-16", "API-17")
def test_list_is_walked_by_pages_in_either_order_and_filtered_by_kind(api: Api) -> None:
    # Of one kind: others may be given up meanwhile.
    oldest_first = walk(api, DEAD, kind=DEAD_KIND, sort="finished_at", limit="7")
    latest_first = walk(api, DEAD, kind=DEAD_KIND, sort="-finished_at", limit="7")

    ids = [job["id"] for job in oldest_first]
    assert len(ids) == len(set(ids)) > 7
    assert ids == [job["id"] for job in latest_first][::-1]
    assert {job["kind"] for job in oldest_first} == {DEAD_KIND}
    assert dead_jobs(api, kind=f"nothing.{uuid4().hex}") == []


@pytest.mark.rule("VAL-01")
@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"sort": "error"}, "sort"), ({"kind": ""}, "kind"), ({"status": "dead"}, "status")],
)
def test_list_refuses_what_it_does_not_know(
    api: Api, parameters: dict[str, str], field: str
) -> None:
    response = api.get(DEAD, params=parameters)

    assert response.status_code == 422
    assert named_fields(response) == {field}


@pytest.mark.rule("JOB-07", "JOB-06", "SEC-08")
def test_job_is_tried_anew_and_given_up_again_if_nothing_has_changed(api: Api) -> None:
    job_id, request = a_dead_job(api), f"replay-{uuid4().hex}"
    before = read_job(api, job_id)

    response = api.post(f"{DEAD}/{job_id}/replay", headers={"X-Request-ID": request})

    assert response.status_code == 200
    assert (response.json()["data"]["id"], response.json()["data"]["status"]) == (job_id, "queued")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (after := read_job(api, job_id))["status"] != "dead":
        assert time.monotonic() < deadline, after
        time.sleep(0.02)
    assert (after["attempts"], after["error"]) == (before["attempts"] + 1, before["error"])
    assert audited(api, request) == [("jobs.replay", job_id)]


@pytest.mark.rule("JOB-07", "SEC-08")
def test_job_is_deleted_for_good(api: Api) -> None:
    job_id, request = a_dead_job(api), f"delete-{uuid4().hex}"

    deleted = api.delete(f"{DEAD}/{job_id}", headers={"X-Request-ID": request})
    again = api.delete(f"{DEAD}/{job_id}")

    assert (deleted.status_code, again.status_code) == (204, 404)
    assert api.get(f"{JOBS}/{job_id}").status_code == 404
    assert audited(api, request) == [("jobs.delete", job_id)]


def test_job_that_was_not_given_up_is_neither_replayed_nor_deleted(api: Api) -> None:
    answers = [api.post(f"{DEAD}/{DONE_JOB}/replay"), api.delete(f"{DEAD}/{DONE_JOB}")]

    assert {(one.status_code, error_code(one)) for one in answers} == {(409, "job.not_dead")}
    assert read_job(api, str(DONE_JOB))["status"] == "succeeded"


@pytest.mark.rule("AUTH-05")
def test_only_administrators_look_after_jobs(api: Api, staff: Person, customer: Person) -> None:
    job_id = a_dead_job(api)

    answers = [
        person.api.request(method, path)
        for person in (staff, customer)
        for method, path in (
            ("GET", DEAD),
            ("POST", f"{DEAD}/{job_id}/replay"),
            ("DELETE", f"{DEAD}/{job_id}"),
        )
    ]

    assert {(one.status_code, error_code(one)) for one in answers} == {(403, "auth.forbidden")}
    assert read_job(api, job_id)["status"] == "dead"


def audited(api: Api, request: str) -> list[tuple[str, str]]:
    """What a request left in the trail."""
    entries = api.get(AUDIT, params={"limit": "100"}).json()["data"]
    return [(one["action"], one["object_id"]) for one in entries if one["request_id"] == request]
