"""The audit trail over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ..core.envelope import ListEnvelope, page_reply
from ..core.openapi import answers
from ..web.dependencies import CurrentActor, Services
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import AuditEntryOut, AuditQuery

router = APIRouter(prefix=V1, tags=["audit"])


@router.get(
    "/audit-entries",
    response_model=ListEnvelope[AuditEntryOut],
    responses=answers(400),
    summary="List audit entries",
)
def list_audit_entries(
    query: Annotated[AuditQuery, Query()], services: Services, actor: CurrentActor
) -> Response:
    """A page of the trail of sensitive operations. Changes nothing."""
    request = services.cursors.page_request("audit-entries", query, query.sort)
    page = services.audit.list_entries(actor=actor, request=request)
    return respond(page_reply(AuditEntryOut, page, services.cursors))
