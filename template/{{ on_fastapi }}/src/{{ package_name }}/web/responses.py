"""Sends replies with this web framework."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..core.context import request_id_var
from ..core.envelope import MEDIA_TYPE, Reply


def respond(reply: Reply) -> Response:
    """The reply as a response of the framework: its bytes are sent as they are."""
    body = reply.body(request_id_var.get() or "")
    return Response(
        content=body or None,
        status_code=reply.status,
        headers=dict(reply.headers),
        media_type=MEDIA_TYPE if body else None,
    )


async def send_reply(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a reply from outside the router."""
    await respond(reply)(scope, receive, send)
