"""Orders over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from ninja.params.functions import Path

from ..core.envelope import Envelope, ListEnvelope, Reply, member_reply, page_reply
from ..web.dependencies import IdempotencyKey, IfNoneMatch, Request, once
from ..web.openapi import answers
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import OrderIn, OrderOut, OrderQuery

router = Router(tags=["orders"])

OrderId = Annotated[UUID, Path(description="Identifier of the order.")]


@router.get("/orders", response=answers(ListEnvelope[OrderOut], 400), summary="List orders")
def list_orders(request: Request, query: Query[OrderQuery]) -> HttpResponse:
    """A page of the caller's orders; of everybody's for those who may read any. Changes nothing."""
    services = request.services
    wanted = services.cursors.page_request("orders", query, query.sort)
    page = services.orders.list_orders(actor=request.actor, request=wanted)
    return respond(page_reply(OrderOut, page, services.cursors))


@router.post(
    "/orders",
    response=answers(Envelope[OrderOut], 409, status=201, body=True),
    summary="Place an order",
)
def place_order(
    request: Request, body: OrderIn, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Takes the stock and stores the order at the present prices, both or neither."""

    def place() -> Reply:
        order = request.services.orders.place_order(actor=request.actor, wanted=body.wanted())
        return member_reply(OrderOut, order, status=201, location=f"{V1}/orders/{order.id}")

    return once(request, idempotency_key, body, place)


@router.get(
    "/orders/{order_id}",
    response=answers(Envelope[OrderOut], 404, not_modified=True),
    summary="Read an order",
)
def get_order(
    request: Request, order_id: OrderId, if_none_match: IfNoneMatch = None
) -> HttpResponse:
    """One order. Changes nothing."""
    order = request.services.orders.get_order(actor=request.actor, order_id=order_id)
    return respond(member_reply(OrderOut, order, if_none_match=if_none_match))


@router.post(
    "/orders/{order_id}/payment",
    response=answers(Envelope[OrderOut], 404, 409),
    summary="Pay an order",
)
def pay_order(request: Request, order_id: OrderId) -> HttpResponse:
    """Marks a pending order as paid."""
    order = request.services.orders.pay_order(actor=request.actor, order_id=order_id)
    return respond(member_reply(OrderOut, order))


@router.post(
    "/orders/{order_id}/shipment",
    response=answers(Envelope[OrderOut], 404, 409),
    summary="Ship an order",
)
def ship_order(request: Request, order_id: OrderId) -> HttpResponse:
    """Marks a paid order as shipped."""
    order = request.services.orders.ship_order(actor=request.actor, order_id=order_id)
    return respond(member_reply(OrderOut, order))


@router.post(
    "/orders/{order_id}/cancellation",
    response=answers(Envelope[OrderOut], 404, 409),
    summary="Cancel an order",
)
def cancel_order(request: Request, order_id: OrderId) -> HttpResponse:
    """Cancels an order that was not shipped, and returns its pieces to the stock."""
    order = request.services.orders.cancel_order(actor=request.actor, order_id=order_id)
    return respond(member_reply(OrderOut, order))
