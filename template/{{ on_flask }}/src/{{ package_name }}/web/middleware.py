"""Lets requests in before their handlers run."""

from typing import cast

from flask import current_app, g, request

from ..core.authentication import RequestHead
from .gate import Gate
from .routing import template_of


def admit() -> None:
    """Runs before every handler: no request gets past it to a route without having been admitted.

    An address that no route has, and a method that the address lacks, are the router's to answer.

    Raises:
        Unauthenticated: the route is not public, and the caller shows nothing, or nothing valid.
        Forbidden: what the caller shows does not allow this request.
        TooManyRequests: the caller has asked too often.
    """
    if request.url_rule is None:
        return
    gate = cast("Gate", current_app.extensions["gate"])
    admission = gate.admit(
        RequestHead(request.method, request.headers.get),
        route=template_of(request.url_rule.rule),
    )
    admission.note()
    g.actor = admission.actor
