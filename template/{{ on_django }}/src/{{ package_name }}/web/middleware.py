"""Lets requests in before their handlers run."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from ..core.authentication import RequestHead
from ..core.envelope import error_reply
from ..core.errors import AppError
from .dependencies import Request
from .responses import respond
from .urls import is_admin_page, nothing_here, template_of

View = Callable[..., HttpResponseBase]


class GateMiddleware:
    """Middleware; has to be the first one: no view is called for a request that was not admitted.

    An address that is not there, and a method that the address lacks, are answered behind it. So are the admin
    pages, which have a log-in of their own.

    Args:
        get_response: the next layer.
    """

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: View, *_: Any) -> HttpResponseBase | None:
        """What Django calls once it has found the view; an answer keeps it from being called."""
        ours = cast("Request", request)
        match = cast("ResolverMatch", ours.resolver_match)
        if view is nothing_here or is_admin_page(match):
            return None
        route = template_of(match.route)
        methods = ours.urls.methods.get(route)
        if methods is not None and ours.method not in methods:
            return None
        try:
            admission = ours.gate.admit(
                RequestHead(ours.method or "", ours.headers.get), route=route
            )
        except AppError as error:
            return respond(error_reply(error))
        admission.note()
        ours.actor = admission.actor
        return None
