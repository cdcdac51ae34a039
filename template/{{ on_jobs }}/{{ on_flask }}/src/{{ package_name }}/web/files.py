"""Sends files with this web framework."""

from flask import Response

from ..core.files import FileReply, Pieces


def send_file(reply: FileReply) -> Response:
    """The file as a response of the framework, which closes it at the end."""
    return Response(Pieces(reply.file), headers=reply.headers())
