"""Jobs over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ..core.envelope import Envelope, ListEnvelope, empty_reply, object_reply, page_reply
from ..core.job_schemas import JobOut
from ..core.openapi import answers
from ..web.dependencies import CurrentActor, Services
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import DeadJobOut, DeadJobQuery

router = APIRouter(prefix=V1, tags=["jobs"])

JobId = Annotated[UUID, Path(description="Identifier of the job.")]


@router.get(
    "/jobs/{job_id}",
    response_model=Envelope[JobOut],
    responses=answers(404),
    summary="Follow a job",
)
def get_job(job_id: JobId, services: Services, actor: CurrentActor) -> Response:
    """A job that the caller has asked for. Changes nothing."""
    return respond(object_reply(JobOut, services.jobs.get_job(actor=actor, job_id=job_id)))


@router.get(
    "/dead-jobs",
    response_model=ListEnvelope[DeadJobOut],
    responses=answers(400),
    summary="List jobs that were given up",
)
def list_dead_jobs(
    query: Annotated[DeadJobQuery, Query()], services: Services, actor: CurrentActor
) -> Response:
    """A page of the jobs that used up their attempts, or cannot be done. Changes nothing."""
    request = services.cursors.page_request("dead-jobs", query, query.sort)
    page = services.jobs.list_dead_jobs(actor=actor, request=request)
    return respond(page_reply(DeadJobOut, page, services.cursors))


@router.post(
    "/dead-jobs/{job_id}/replay",
    response_model=Envelope[JobOut],
    responses=answers(404, 409),
    summary="Try a job anew",
)
def replay_job(job_id: JobId, services: Services, actor: CurrentActor) -> Response:
    """Has a job that was given up tried again, with as many attempts as a new one."""
    return respond(object_reply(JobOut, services.jobs.replay_job(actor=actor, job_id=job_id)))


@router.delete(
    "/dead-jobs/{job_id}",
    status_code=204,
    responses=answers(404, 409),
    summary="Delete a job that was given up",
)
def delete_job(job_id: JobId, services: Services, actor: CurrentActor) -> Response:
    """Removes it: what it was to do is never done."""
    services.jobs.delete_job(actor=actor, job_id=job_id)
    return respond(empty_reply())
