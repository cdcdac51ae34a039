"""Orders over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import Field

from ..core.envelope import Envelope, ListEnvelope, Reply, member_reply, page_reply
from ..core.openapi import answers
from ..web.dependencies import CurrentActor, IfNoneMatch, Once, Services
from ..web.responses import respond
from ..web.routing import Router
from ..web.versioning import V1
from .schemas import OrderIn, OrderOut, OrderQuery

router = Router("orders", prefix=V1)

OrderId = Annotated[UUID, Field(description="Identifier of the order.")]


@router.get(
    "/orders", response_model=ListEnvelope[OrderOut], responses=answers(400), summary="List orders"
)
def list_orders(query: OrderQuery, services: Services, actor: CurrentActor) -> Response:
    """A page of the caller's orders; of everybody's for those who may read any. Changes nothing."""
    request = services.cursors.page_request("orders", query, query.sort)
    page = services.orders.list_orders(actor=actor, request=request)
    return respond(page_reply(OrderOut, page, services.cursors))


@router.post(
    "/orders",
    status_code=201,
    response_model=Envelope[OrderOut],
    responses=answers(409, body=True),
    summary="Place an order",
)
def place_order(body: OrderIn, services: Services, actor: CurrentActor, once: Once) -> Response:
    """Takes the stock and stores the order at the present prices, both or neither."""

    def place() -> Reply:
        order = services.orders.place_order(actor=actor, wanted=body.wanted())
        return member_reply(OrderOut, order, status=201, location=f"{V1}/orders/{order.id}")

    return once(body, place)


@router.get(
    "/orders/<order_id>",
    response_model=Envelope[OrderOut],
    responses=answers(404, not_modified=True),
    summary="Read an order",
)
def get_order(
    order_id: OrderId, services: Services, actor: CurrentActor, if_none_match: IfNoneMatch = None
) -> Response:
    """One order. Changes nothing."""
    order = services.orders.get_order(actor=actor, order_id=order_id)
    return respond(member_reply(OrderOut, order, if_none_match=if_none_match))


@router.post(
    "/orders/<order_id>/payment",
    response_model=Envelope[OrderOut],
    responses=answers(404, 409),
    summary="Pay an order",
)
def pay_order(order_id: OrderId, services: Services, actor: CurrentActor) -> Response:
    """Marks a pending order as paid."""
    return respond(
        member_reply(OrderOut, services.orders.pay_order(actor=actor, order_id=order_id))
    )


@router.post(
    "/orders/<order_id>/shipment",
    response_model=Envelope[OrderOut],
    responses=answers(404, 409),
    summary="Ship an order",
)
def ship_order(order_id: OrderId, services: Services, actor: CurrentActor) -> Response:
    """Marks a paid order as shipped."""
    return respond(
        member_reply(OrderOut, services.orders.ship_order(actor=actor, order_id=order_id))
    )


@router.post(
    "/orders/<order_id>/cancellation",
    response_model=Envelope[OrderOut],
    responses=answers(404, 409),
    summary="Cancel an order",
)
def cancel_order(order_id: OrderId, services: Services, actor: CurrentActor) -> Response:
    """Cancels an order that was not shipped, and returns its pieces to the stock."""
    return respond(
        member_reply(OrderOut, services.orders.cancel_order(actor=actor, order_id=order_id))
    )
