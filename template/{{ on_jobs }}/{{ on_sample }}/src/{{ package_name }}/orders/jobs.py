"""What follows an order after the request that placed it."""

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from ..core.clock import Clock
from ..core.jobs import JobKind, JobRun, Refused, TryLater
from ..core.mail import Mail, MailAway, Mailer, MailRefused
from ..core.unit_of_work import Transactions
from .entities import Order


class ConfirmationIn(BaseModel, extra="forbid", frozen=True):
    """Which order to confirm."""

    order_id: UUID


SEND_CONFIRMATION = JobKind(name="orders.send_confirmation", payload=ConfirmationIn)
"""Tells the customer by mail that the order was placed."""


class ConfirmedOrders(Protocol):
    """Orders in the database, as the confirmation sees them."""

    def find(self, order_id: UUID, *, for_update: bool = False) -> Order | None:
        """One order."""
        ...


class Customer(Protocol):
    """Who gets the mail."""

    @property
    def email(self) -> str:
        """Where to."""
        ...


class Customers(Protocol):
    """The accounts, as the confirmation sees them."""

    def find(self, user_id: UUID) -> Customer | None:
        """One account."""
        ...


class ConfirmationWork(Protocol):
    """What the job needs of a unit of work."""

    @property
    def orders(self) -> ConfirmedOrders:
        """Orders in the database."""
        ...

    @property
    def users(self) -> Customers:
        """The accounts."""
        ...


class Confirmations:
    """Sends confirmations.

    Args:
        transactions: opens units of work.
        mailer: takes the mail.
        clock: tells the time.
    """

    def __init__(
        self, *, transactions: Transactions[ConfirmationWork], mailer: Mailer, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._mailer = mailer
        self._clock = clock

    def send(self, payload: ConfirmationIn, run: JobRun) -> None:
        """Send the mail of one order. A repetition bears the same identifier.

        Raises:
            Refused: there is no such order or customer, or the mail server never takes the address.
            TryLater: it cannot be sent now.
        """
        with self._transactions.reading() as work:
            order = work.orders.find(payload.order_id)
            customer = None if order is None else work.users.find(order.customer_id)
        if order is None or customer is None:
            raise Refused("the order or its customer is not there")
        mail = Mail(
            id=f"order-confirmation-{run.job_id}",
            to=customer.email,
            subject=f"Your order {order.id}",
            text=_text(order),
            sent_at=self._clock.now(),
        )
        try:
            self._mailer.send(mail)
        except MailRefused as error:
            raise Refused("the mail server does not take the message, or its receiver") from error
        except MailAway as error:
            raise TryLater(f"the mail server: {error}") from error


def _text(order: Order) -> str:
    lines = [f"{line.quantity} x {line.product_id}" for line in order.lines]
    total = f"Total: {order.total} {order.currency}, in minor units"
    return "\n".join(["Thank you for your order.", "", *lines, "", total, ""])
