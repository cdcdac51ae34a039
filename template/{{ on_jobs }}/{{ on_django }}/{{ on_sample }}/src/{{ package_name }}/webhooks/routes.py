"""Webhook subscriptions over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from ninja.params.functions import Path

from ..core.envelope import (
    Envelope,
    ListEnvelope,
    empty_reply,
    member_reply,
    object_reply,
    page_reply,
)
from ..web.dependencies import IfMatch, IfNoneMatch, Request
from ..web.openapi import answers
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import (
    NewSecretOut,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPatch,
    SubscriptionQuery,
)

router = Router(tags=["webhooks"])

SubscriptionId = Annotated[UUID, Path(description="Identifier of the subscription.")]


@router.get(
    "/webhook-subscriptions",
    response=answers(ListEnvelope[SubscriptionOut], 400),
    summary="List webhook subscriptions",
)
def list_subscriptions(request: Request, query: Query[SubscriptionQuery]) -> HttpResponse:
    """A page of the caller's subscriptions. Changes nothing."""
    services = request.services
    wanted = services.cursors.page_request("webhook-subscriptions", query, query.sort)
    page = services.subscriptions.list_subscriptions(actor=request.actor, request=wanted)
    return respond(page_reply(SubscriptionOut, page, services.cursors))


@router.post(
    "/webhook-subscriptions",
    response=answers(Envelope[NewSecretOut], 409, status=201, body=True),
    summary="Make a webhook subscription",
)
def create_subscription(request: Request, body: SubscriptionIn) -> HttpResponse:
    """Has the caller told of events. This answer is the only one that ever shows the secret."""
    subscriptions = request.services.subscriptions
    made = subscriptions.create_subscription(actor=request.actor, details=body.details())
    location = f"{V1}/webhook-subscriptions/{made.id}"
    return respond(object_reply(NewSecretOut, made, status=201, location=location))


@router.get(
    "/webhook-subscriptions/{subscription_id}",
    response=answers(Envelope[SubscriptionOut], 404, not_modified=True),
    summary="Read a webhook subscription",
)
def get_subscription(
    request: Request, subscription_id: SubscriptionId, if_none_match: IfNoneMatch = None
) -> HttpResponse:
    """One of the caller's subscriptions. Changes nothing."""
    found = request.services.subscriptions.get_subscription(
        actor=request.actor, subscription_id=subscription_id
    )
    return respond(member_reply(SubscriptionOut, found, if_none_match=if_none_match))


@router.patch(
    "/webhook-subscriptions/{subscription_id}",
    response=answers(Envelope[SubscriptionOut], 404, 412, 428, body=True),
    summary="Change a webhook subscription",
)
def update_subscription(
    request: Request,
    subscription_id: SubscriptionId,
    precondition: IfMatch,
    body: SubscriptionPatch,
) -> HttpResponse:
    """Changes what is sent, and leaves the rest as it is. `enabled` switches deliveries off and on."""
    changed = request.services.subscriptions.update_subscription(
        actor=request.actor,
        subscription_id=subscription_id,
        precondition=precondition,
        changes=body.changes(),
    )
    return respond(member_reply(SubscriptionOut, changed))


@router.delete(
    "/webhook-subscriptions/{subscription_id}",
    response=answers(None, 404, status=204),
    summary="Delete a webhook subscription",
)
def delete_subscription(request: Request, subscription_id: SubscriptionId) -> HttpResponse:
    """Ends a subscription. What was not delivered yet never is."""
    request.services.subscriptions.delete_subscription(
        actor=request.actor, subscription_id=subscription_id
    )
    return respond(empty_reply())


@router.post(
    "/webhook-subscriptions/{subscription_id}/secret",
    response=answers(Envelope[NewSecretOut], 404, status=201),
    summary="Exchange the secret of a webhook subscription",
)
def rotate_secret(request: Request, subscription_id: SubscriptionId) -> HttpResponse:
    """Makes another secret, shown in this answer only. For a day, both sign what is sent."""
    changed = request.services.subscriptions.rotate_secret(
        actor=request.actor, subscription_id=subscription_id
    )
    return respond(object_reply(NewSecretOut, changed, status=201))
