"""Sends files with this web framework."""

from django.http import StreamingHttpResponse

from ..core.files import FileReply, Pieces


def send_file(reply: FileReply) -> StreamingHttpResponse:
    """The file as a response of the framework, which closes it at the end."""
    return StreamingHttpResponse(Pieces(reply.file), headers=reply.headers())
