"""Sends replies with this web framework."""

from flask import Response

from ..core.context import request_id_var
from ..core.envelope import MEDIA_TYPE, Reply


def respond(reply: Reply) -> Response:
    """The reply as a response of the framework: its bytes are sent as they are."""
    body = reply.body(request_id_var.get() or "")
    response = Response(body, status=reply.status, headers=dict(reply.headers))
    if body:
        response.content_type = MEDIA_TYPE
    else:
        del response.headers["Content-Type"]
    return response
