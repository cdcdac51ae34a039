"""Jobs over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from ninja.params.functions import Path

from ..core.envelope import Envelope, ListEnvelope, empty_reply, object_reply, page_reply
from ..core.job_schemas import JobOut
from ..web.dependencies import Request
from ..web.openapi import answers
from ..web.responses import respond
from .schemas import DeadJobOut, DeadJobQuery

router = Router(tags=["jobs"])

JobId = Annotated[UUID, Path(description="Identifier of the job.")]


@router.get("/jobs/{job_id}", response=answers(Envelope[JobOut], 404), summary="Follow a job")
def get_job(request: Request, job_id: JobId) -> HttpResponse:
    """A job that the caller has asked for. Changes nothing."""
    job = request.services.jobs.get_job(actor=request.actor, job_id=job_id)
    return respond(object_reply(JobOut, job))


@router.get(
    "/dead-jobs",
    response=answers(ListEnvelope[DeadJobOut], 400),
    summary="List jobs that were given up",
)
def list_dead_jobs(request: Request, query: Query[DeadJobQuery]) -> HttpResponse:
    """A page of the jobs that used up their attempts, or cannot be done. Changes nothing."""
    services = request.services
    wanted = services.cursors.page_request("dead-jobs", query, query.sort)
    page = services.jobs.list_dead_jobs(actor=request.actor, request=wanted)
    return respond(page_reply(DeadJobOut, page, services.cursors))


@router.post(
    "/dead-jobs/{job_id}/replay",
    response=answers(Envelope[JobOut], 404, 409),
    summary="Try a job anew",
)
def replay_job(request: Request, job_id: JobId) -> HttpResponse:
    """Has a job that was given up tried again, with as many attempts as a new one."""
    job = request.services.jobs.replay_job(actor=request.actor, job_id=job_id)
    return respond(object_reply(JobOut, job))


@router.delete(
    "/dead-jobs/{job_id}",
    response=answers(None, 404, 409, status=204),
    summary="Delete a job that was given up",
)
def delete_job(request: Request, job_id: JobId) -> HttpResponse:
    """Removes it: what it was to do is never done."""
    request.services.jobs.delete_job(actor=request.actor, job_id=job_id)
    return respond(empty_reply())
