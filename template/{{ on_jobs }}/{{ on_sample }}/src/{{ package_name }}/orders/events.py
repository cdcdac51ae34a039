"""What others are told of orders."""

from collections.abc import Mapping

from ..core.actor import Actor
from ..core.events import ANNOUNCE, Event
from ..core.identifiers import new_id
from ..core.jobs import Job, new_job
from .entities import Order, OrderStatus
from .schemas import OrderOut

ORDER_EVENTS: Mapping[OrderStatus, str] = {
    OrderStatus.PENDING: "order.placed",
    OrderStatus.PAID: "order.paid",
    OrderStatus.SHIPPED: "order.shipped",
    OrderStatus.CANCELLED: "order.cancelled",
}
"""What has happened when an order has got into a state. Receivers rely on these names: add some, rename none."""


def announcement(order: Order, *, actor: Actor) -> Job:
    """The job that tells of an order that was placed, or has moved on just now. Its data are those of the API."""
    event = Event(
        id=new_id(),
        type=ORDER_EVENTS[order.status],
        occurred_at=order.updated_at,
        data=OrderOut.model_validate(order).model_dump(mode="json"),
    )
    return new_job(ANNOUNCE, event, actor=actor, now=order.updated_at)
