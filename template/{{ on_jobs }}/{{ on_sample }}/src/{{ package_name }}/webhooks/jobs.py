"""How others are told of events: one job for each event, and of those one for each receiver.

A delivery is repeated with the same bytes and the same id until its receiver takes it, for about two days; then
it lies with the dead jobs. Receivers get some twice and none in a certain order (``docs/webhooks.md``).
"""

import json
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from ..core.actor import Actor
from ..core.audit import audit_entry
from ..core.authorisation import Policy
from ..core.clock import Clock
from ..core.events import Event
from ..core.jobs import JobKind, JobRun, Outbox, Refused, RetryPolicy, TryLater, new_job
from ..core.outgoing import Answer, ForbiddenTarget, TargetAway
from ..core.unit_of_work import Transactions
from .entities import Subscription
from .service import READ, SubscriptionsWork
from .signatures import headers_of

LONGEST_REST = timedelta(hours=24)
"""A receiver may ask for no longer rest than this by ``Retry-After``."""

_GONE = 410


class DeliveryIn(BaseModel, extra="forbid", frozen=True):
    """What to send to whom."""

    subscription_id: UUID
    event_id: UUID
    event_type: str
    body: str


DELIVER = JobKind(
    name="webhooks.deliver",
    payload=DeliveryIn,
    time_limit=timedelta(minutes=1),
    # 5 s, 40 s, 5 min, 43 min, 6 h, then every 8 h: roughly what Standard Webhooks recommends.
    retry=RetryPolicy(
        attempts=11, first=timedelta(seconds=5), factor=8, most=timedelta(hours=8), jitter=0.2
    ),
)
"""Sends an event to one receiver."""


class NotDelivered(TryLater):
    """The receiver did not take it."""


class Posts(Protocol):
    """Sends requests to addresses that callers have given."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and tell the answer.

        Raises:
            ForbiddenTarget: the URL must not be asked.
            TargetAway: nobody answered in time.
        """
        ...


class Owner(Protocol):
    """An account, as far as deliveries ask for it."""

    @property
    def roles(self) -> frozenset[str]:
        """Names of its roles."""
        ...

    @property
    def is_active(self) -> bool:
        """Whether it may be used."""
        ...


class Owners(Protocol):
    """The accounts, as deliveries see them."""

    def find(self, user_id: UUID) -> Owner | None:
        """One account."""
        ...


class DeliveriesWork(SubscriptionsWork, Protocol):
    """What the jobs need of a unit of work."""

    @property
    def users(self) -> Owners:
        """The accounts."""
        ...

    @property
    def jobs(self) -> Outbox:
        """What is to be done afterwards."""
        ...


class Deliveries:
    """Tells receivers of events.

    Args:
        transactions: opens units of work.
        policy: decides who may see what.
        clock: tells the time.
        posts: sends requests.
        event_types: the types of events that there are, each with the permission that its receiver's owner needs.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[DeliveriesWork],
        policy: Policy,
        clock: Clock,
        posts: Posts,
        event_types: Mapping[str, str],
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._posts = posts
        self._event_types = event_types

    def announce(self, event: Event, run: JobRun) -> None:
        """Ask for a delivery to each receiver of an event: once, whatever happens to this job.

        Raises:
            Refused: there are no such events.
        """
        if event.type not in self._event_types:
            raise Refused("there are no events of this type")
        body = body_of(event)
        now = self._clock.now()
        with run.finishing() as work:
            for subscription in work.subscriptions.enabled():
                if self._is_told(work, subscription, event.type):
                    delivery = DeliveryIn(
                        subscription_id=subscription.id,
                        event_id=event.id,
                        event_type=event.type,
                        body=body,
                    )
                    work.jobs.add(
                        new_job(
                            DELIVER,
                            delivery,
                            actor=Actor(id=subscription.owner_id),
                            now=now,
                            key=f"{event.id}:{subscription.id}",
                        )
                    )

    def deliver(self, delivery: DeliveryIn, run: JobRun) -> None:
        """Send an event to one receiver. A subscription that is no longer there, or off, ends it quietly.

        A redirect is not followed. Whatever is neither 2xx nor 410 is tried again, also a 4xx: receivers
        are repaired.

        Raises:
            Refused: the receiver's address must not be asked.
            NotDelivered: it did not take it.
        """
        with self._transactions.reading() as work:
            found = work.subscriptions.find(delivery.subscription_id)
            if found is None or not self._is_told(work, found, delivery.event_type):
                return
        answer = self._posted(found, delivery)
        if answer.status == _GONE:
            self._switch_off(found, run)
        elif not answer.is_success:
            raise NotDelivered(
                f"subscription {found.id}: the receiver answered {answer.status}",
                rest=rest_of(answer.retry_after),
            )

    def _is_told(self, work: DeliveriesWork, subscription: Subscription, event_type: str) -> bool:
        """Whether a receiver wants to know of an event, and its owner may see it now."""
        if subscription.disabled_at is not None or event_type not in subscription.event_types:
            return False
        owner = work.users.find(subscription.owner_id)
        if owner is None or not owner.is_active:
            return False
        actor = Actor(id=subscription.owner_id, roles=frozenset(owner.roles))
        needed = (READ, self._event_types.get(event_type, ""))
        return all(self._policy.allows(actor, permission) for permission in needed)

    def _posted(self, subscription: Subscription, delivery: DeliveryIn) -> Answer:
        now = self._clock.now()
        body = delivery.body.encode()
        headers = headers_of(
            subscription.secrets_at(now),
            message_id=str(delivery.event_id),
            timestamp=int(now.timestamp()),
            body=body,
        )
        try:
            return self._posts.post(subscription.url, body, headers)
        except ForbiddenTarget as error:
            raise Refused(f"subscription {subscription.id}, the URL: {error}") from error
        except TargetAway as error:
            raise NotDelivered(f"subscription {subscription.id}, the receiver: {error}") from error

    def _switch_off(self, subscription: Subscription, run: JobRun) -> None:
        """Send nothing more to a receiver that is gone for good, unless its owner has changed it meanwhile."""
        now = self._clock.now()
        switched = subscription.switched(on=False, now=now)
        with run.finishing() as work:
            if work.subscriptions.update(switched, expected_version=subscription.version):
                work.audit.record(
                    audit_entry(
                        "webhooks.gone",
                        actor=Actor.system(),
                        now=now,
                        subject=("webhook_subscription", subscription.id),
                        before=subscription,
                        after=switched,
                    )
                )


def body_of(event: Event) -> str:
    """What every receiver gets of an event, the same at every attempt."""
    moment = event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
    content = {
        "type": event.type,
        "timestamp": moment.replace("+00:00", "Z"),
        "data": event.data,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def rest_of(retry_after: str | None) -> timedelta:
    """The rest that a receiver asks for. Of the header's two forms the one in seconds is respected.

    >>> rest_of("120"), rest_of("Fri, 31 Dec 1999 23:59:59 GMT"), rest_of("99999999999")
    (datetime.timedelta(seconds=120), datetime.timedelta(0), datetime.timedelta(days=1))
    """
    text = (retry_after or "").strip()
    if not (text.isascii() and text.isdigit()):
        return timedelta(0)
    longest = int(LONGEST_REST.total_seconds())
    # More digits than that is longer, and Python refuses to read very many.
    return timedelta(seconds=longest if len(text) > len(str(longest)) else min(int(text), longest))
