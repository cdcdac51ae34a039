"""Sends replies with this web framework."""

from django.http import HttpResponse

from ..core.context import request_id_var
from ..core.envelope import MEDIA_TYPE, Reply


def respond(reply: Reply) -> HttpResponse:
    """The reply as a response of the framework: its bytes are sent as they are."""
    body = reply.body(request_id_var.get() or "")
    response = HttpResponse(
        body, status=reply.status, content_type=MEDIA_TYPE, headers=dict(reply.headers)
    )
    if not body:
        del response["Content-Type"]
    return response
