"""The audit trail over HTTP. A handler parses, calls one service and replies."""

from django.http import HttpResponse
from ninja import Query, Router

from ..core.envelope import ListEnvelope, page_reply
from ..web.dependencies import Request
from ..web.openapi import answers
from ..web.responses import respond
from .schemas import AuditEntryOut, AuditQuery

router = Router(tags=["audit"])


@router.get(
    "/audit-entries",
    response=answers(ListEnvelope[AuditEntryOut], 400),
    summary="List audit entries",
)
def list_audit_entries(request: Request, query: Query[AuditQuery]) -> HttpResponse:
    """A page of the trail of sensitive operations. Changes nothing."""
    services = request.services
    wanted = services.cursors.page_request("audit-entries", query, query.sort)
    page = services.audit.list_entries(actor=request.actor, request=wanted)
    return respond(page_reply(AuditEntryOut, page, services.cursors))
