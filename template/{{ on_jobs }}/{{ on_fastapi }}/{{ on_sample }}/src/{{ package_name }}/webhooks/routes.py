"""Webhook subscriptions over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ..core.envelope import (
    Envelope,
    ListEnvelope,
    empty_reply,
    member_reply,
    object_reply,
    page_reply,
)
from ..core.openapi import answers
from ..web.dependencies import CurrentActor, IfMatch, IfNoneMatch, Services
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import (
    NewSecretOut,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPatch,
    SubscriptionQuery,
)

router = APIRouter(prefix=V1, tags=["webhooks"])

SubscriptionId = Annotated[UUID, Path(description="Identifier of the subscription.")]


@router.get(
    "/webhook-subscriptions",
    response_model=ListEnvelope[SubscriptionOut],
    responses=answers(400),
    summary="List webhook subscriptions",
)
def list_subscriptions(
    query: Annotated[SubscriptionQuery, Query()], services: Services, actor: CurrentActor
) -> Response:
    """A page of the caller's subscriptions. Changes nothing."""
    request = services.cursors.page_request("webhook-subscriptions", query, query.sort)
    page = services.subscriptions.list_subscriptions(actor=actor, request=request)
    return respond(page_reply(SubscriptionOut, page, services.cursors))


@router.post(
    "/webhook-subscriptions",
    status_code=201,
    response_model=Envelope[NewSecretOut],
    responses=answers(409, body=True),
    summary="Make a webhook subscription",
)
def create_subscription(body: SubscriptionIn, services: Services, actor: CurrentActor) -> Response:
    """Has the caller told of events. This answer is the only one that ever shows the secret."""
    made = services.subscriptions.create_subscription(actor=actor, details=body.details())
    location = f"{V1}/webhook-subscriptions/{made.id}"
    return respond(object_reply(NewSecretOut, made, status=201, location=location))


@router.get(
    "/webhook-subscriptions/{subscription_id}",
    response_model=Envelope[SubscriptionOut],
    responses=answers(404, not_modified=True),
    summary="Read a webhook subscription",
)
def get_subscription(
    subscription_id: SubscriptionId,
    services: Services,
    actor: CurrentActor,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One of the caller's subscriptions. Changes nothing."""
    found = services.subscriptions.get_subscription(actor=actor, subscription_id=subscription_id)
    return respond(member_reply(SubscriptionOut, found, if_none_match=if_none_match))


@router.patch(
    "/webhook-subscriptions/{subscription_id}",
    response_model=Envelope[SubscriptionOut],
    responses=answers(404, 412, 428, body=True),
    summary="Change a webhook subscription",
)
def update_subscription(
    subscription_id: SubscriptionId,
    body: SubscriptionPatch,
    precondition: IfMatch,
    services: Services,
    actor: CurrentActor,
) -> Response:
    """Changes what is sent, and leaves the rest as it is. `enabled` switches deliveries off and on."""
    changed = services.subscriptions.update_subscription(
        actor=actor,
        subscription_id=subscription_id,
        precondition=precondition,
        changes=body.changes(),
    )
    return respond(member_reply(SubscriptionOut, changed))


@router.delete(
    "/webhook-subscriptions/{subscription_id}",
    status_code=204,
    responses=answers(404),
    summary="Delete a webhook subscription",
)
def delete_subscription(
    subscription_id: SubscriptionId, services: Services, actor: CurrentActor
) -> Response:
    """Ends a subscription. What was not delivered yet never is."""
    services.subscriptions.delete_subscription(actor=actor, subscription_id=subscription_id)
    return respond(empty_reply())


@router.post(
    "/webhook-subscriptions/{subscription_id}/secret",
    status_code=201,
    response_model=Envelope[NewSecretOut],
    responses=answers(404),
    summary="Exchange the secret of a webhook subscription",
)
def rotate_secret(
    subscription_id: SubscriptionId, services: Services, actor: CurrentActor
) -> Response:
    """Makes another secret, shown in this answer only. For a day, both sign what is sent."""
    changed = services.subscriptions.rotate_secret(actor=actor, subscription_id=subscription_id)
    return respond(object_reply(NewSecretOut, changed, status=201))
