"""What can be done with subscriptions to events. Every method authorises first and is one unit of work.

Whoever may manage webhooks is told of the events of everybody, as far as they may see their objects: that is asked
again for each event and each attempt (``jobs.py``), of the roles that the owner has then. Whoever says what is sent
where has to be allowed to see it, too: an API key that lacks the scope cannot have it sent instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import AuditLog, audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.conditional import Precondition
from ..core.errors import PreconditionFailed
from ..core.identifiers import new_id
from ..core.outgoing import ForbiddenTarget
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import (
    MAX_SUBSCRIPTIONS,
    Subscription,
    SubscriptionDetails,
    SubscriptionNotFound,
    TooManySubscriptions,
    UnknownEventType,
    UrlRefused,
    new_subscription,
)
from .signatures import new_secret

READ = "webhooks:read"
MANAGE = "webhooks:manage"


class SubscriptionRepository(Protocol):
    """Subscriptions in the database."""

    def page(self, request: PageRequest, *, owner_id: UUID) -> Page[Subscription]:
        """A page of somebody's subscriptions. Sort: created_at."""
        ...

    def find(self, subscription_id: UUID, *, for_update: bool = False) -> Subscription | None:
        """One subscription; ``for_update`` keeps others from changing it until the unit of work ends."""
        ...

    def count(self, *, owner_id: UUID) -> int:
        """How many somebody has."""
        ...

    def enabled(self) -> Sequence[Subscription]:
        """All to which webhooks are sent, in the order of their ids."""
        ...

    def add(self, subscription: Subscription) -> None:
        """Store a new subscription."""
        ...

    def update(self, subscription: Subscription, *, expected_version: int) -> bool:
        """Store a changed subscription if its stored version is the expected one; tells whether it was."""
        ...

    def remove(self, subscription_id: UUID) -> None:
        """Remove a subscription."""
        ...


class SubscriptionsWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def subscriptions(self) -> SubscriptionRepository:
        """Subscriptions in the database."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The trail of sensitive operations."""
        ...


class Targets(Protocol):
    """Knows which addresses must not be asked."""

    def check(self, url: str) -> None:
        """Whether a URL may be asked, as far as can be told without asking anybody.

        Raises:
            ForbiddenTarget: it may not.
        """
        ...


class SubscriptionService:
    """Use cases of subscriptions. Everybody has their own and sees no others.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        targets: knows which URLs must not be asked.
        event_types: the types of events that there are, each with the permission that one needs to be told of it.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[SubscriptionsWork],
        policy: Policy,
        clock: Clock,
        targets: Targets,
        event_types: Mapping[str, str],
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._targets = targets
        self._event_types = event_types

    @use_case("webhooks.list", changes=False)
    def list_subscriptions(self, *, actor: Actor, request: PageRequest) -> Page[Subscription]:
        """A page of the actor's subscriptions.

        Raises:
            Forbidden: the actor may not read webhooks.
        """
        authorise(self._policy, actor, READ)
        with self._transactions.reading() as work:
            return work.subscriptions.page(request, owner_id=actor.id)

    @use_case("webhooks.get", changes=False)
    def get_subscription(self, *, actor: Actor, subscription_id: UUID) -> Subscription:
        """One of the actor's subscriptions.

        Raises:
            Forbidden: the actor may not read webhooks.
            SubscriptionNotFound: there is none, or it is somebody else's.
        """
        authorise(self._policy, actor, READ)
        with self._transactions.reading() as work:
            return _own(actor, work.subscriptions.find(subscription_id))

    @use_case("webhooks.create", changes=True)
    def create_subscription(self, *, actor: Actor, details: SubscriptionDetails) -> Subscription:
        """Make a subscription with a secret of its own.

        Raises:
            Forbidden: the actor may not manage webhooks, or not see what is sent.
            UrlRefused: the URL must not be asked.
            UnknownEventType: there are no such events.
            TooManySubscriptions: the actor has as many as one person may have.
        """
        authorise(self._policy, actor, MANAGE)
        self._check(details.url, details.event_types)
        self._require_insight(actor, details.event_types)
        now = self._clock.now()
        made = new_subscription(
            details, identifier=new_id(), owner_id=actor.id, secret=new_secret(), now=now
        )
        with self._transactions.writing() as work:
            # Two at once may both be the last: the bound keeps order, no promise hangs on it.
            if work.subscriptions.count(owner_id=actor.id) >= MAX_SUBSCRIPTIONS:
                raise TooManySubscriptions
            work.subscriptions.add(made)
            _record(work, actor, "webhooks.create", None, made, now=now)
        return made

    @use_case("webhooks.update", changes=True)
    def update_subscription(
        self,
        *,
        actor: Actor,
        subscription_id: UUID,
        precondition: Precondition,
        changes: Mapping[str, Any],
    ) -> Subscription:
        """Change some of a subscription's details, or switch it on or off (``enabled``).

        Raises:
            Forbidden: the actor may not manage webhooks, or not see what is sent.
            UrlRefused: the URL must not be asked.
            UnknownEventType: there are no such events.
            SubscriptionNotFound: there is none, or it is somebody else's.
            PreconditionFailed: it has changed since the caller read it.
        """
        authorise(self._policy, actor, MANAGE)
        details = dict(changes)
        enabled = details.pop("enabled", None)
        self._check(details.get("url"), details.get("event_types", ()))
        if "event_types" in details:
            details["event_types"] = tuple(dict.fromkeys(details["event_types"]))
        now = self._clock.now()
        with self._transactions.writing() as work:
            found = _own(actor, work.subscriptions.find(subscription_id))
            precondition.require(found.version)
            on = found.disabled_at is None if enabled is None else enabled
            changed = replace(found.switched(on=on, now=now), **details)
            self._require_insight(actor, changed.event_types)
            return _stored(work, actor, "webhooks.update", found, changed)

    @use_case("webhooks.rotate_secret", changes=True)
    def rotate_secret(self, *, actor: Actor, subscription_id: UUID) -> Subscription:
        """Give a subscription another secret. The present one signs, too, for a day.

        Raises:
            Forbidden: the actor may not manage webhooks.
            SubscriptionNotFound: there is none, or it is somebody else's.
            PreconditionFailed: it was changed at the same moment.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.writing() as work:
            found = _own(actor, work.subscriptions.find(subscription_id, for_update=True))
            changed = found.with_secret(new_secret(), now=self._clock.now())
            return _stored(work, actor, "webhooks.rotate_secret", found, changed)

    @use_case("webhooks.delete", changes=True)
    def delete_subscription(self, *, actor: Actor, subscription_id: UUID) -> None:
        """Remove a subscription. What was not delivered yet never is.

        Raises:
            Forbidden: the actor may not manage webhooks.
            SubscriptionNotFound: there is none, or it is somebody else's.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.writing() as work:
            found = _own(actor, work.subscriptions.find(subscription_id, for_update=True))
            work.subscriptions.remove(subscription_id)
            _record(work, actor, "webhooks.delete", found, None, now=self._clock.now())

    def _check(self, url: str | None, event_types: Sequence[str]) -> None:
        """Refuse what no subscription may have."""
        unknown = [index for index, name in enumerate(event_types) if name not in self._event_types]
        if unknown:
            raise UnknownEventType(unknown, self._event_types)
        if url is not None:
            try:
                self._targets.check(url)
            except ForbiddenTarget as error:
                raise UrlRefused(str(error)) from error

    def _require_insight(self, actor: Actor, event_types: Sequence[str]) -> None:
        """Refuse who may not see what these events are about. One that there is no more is sent to nobody."""
        for name in self._event_types.keys() & event_types:
            authorise(self._policy, actor, self._event_types[name])


def _own(actor: Actor, subscription: Subscription | None) -> Subscription:
    """Somebody else's is not there, so that nobody can find out whether it exists."""
    if subscription is None or subscription.owner_id != actor.id:
        raise SubscriptionNotFound
    return subscription


def _stored(
    work: SubscriptionsWork, actor: Actor, action: str, before: Subscription, after: Subscription
) -> Subscription:
    """Store a change, unless somebody else stored one since the subscription was read."""
    if not work.subscriptions.update(after, expected_version=before.version):
        raise PreconditionFailed
    _record(work, actor, action, before, after, now=after.updated_at)
    return after


def _record(
    work: SubscriptionsWork,
    actor: Actor,
    action: str,
    before: Subscription | None,
    after: Subscription | None,
    *,
    now: datetime,
) -> None:
    """The trail tells that a secret or URL has changed, and neither."""
    subject = after or before
    work.audit.record(
        audit_entry(
            action,
            actor=actor,
            now=now,
            subject=("webhook_subscription", None if subject is None else subject.id),
            before=before,
            after=after,
        )
    )
