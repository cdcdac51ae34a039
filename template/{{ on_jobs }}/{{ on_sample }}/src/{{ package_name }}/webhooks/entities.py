"""What a subscription to events is, and what can be wrong with one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from ..core.errors import Conflict, ErrorDetail, Invalid, NotFound

MAX_SUBSCRIPTIONS = 20
"""Most subscriptions of one person."""
MAX_EVENT_TYPES = 50
"""Most types of events of a subscription."""
OVERLAP = timedelta(hours=24)
"""How long the secret before the present one signs, too, so that a receiver can change over in peace."""


class SubscriptionNotFound(NotFound):
    """There is no such subscription, or it is somebody else's."""

    code = "webhook.not_found"
    message = "There is no such subscription."


class TooManySubscriptions(Conflict):
    """The owner has as many as one person may have."""

    code = "webhook.too_many"
    message = f"You have {MAX_SUBSCRIPTIONS} subscriptions already. Delete one first."


class UnknownEventType(Invalid):
    """The subscription names events that there are not."""

    code = "webhook.unknown_event_type"
    message = "There are no such events."

    def __init__(self, indexes: Iterable[int], known: Iterable[str]) -> None:
        """Args: indexes: of the unknown types; known: those that there are."""
        text = f"Use one of: {', '.join(sorted(known))}"
        super().__init__(
            details=[ErrorDetail(f"event_types.{index}", "not_allowed", text) for index in indexes]
        )


class UrlRefused(Invalid):
    """The URL of a subscription must not be asked."""

    code = "webhook.url_refused"
    message = "Webhooks are not sent to this URL."

    def __init__(self, reason: str) -> None:
        """Args: reason: what is wrong with it."""
        super().__init__(details=[ErrorDetail("url", "not_allowed", f"Not accepted: {reason}")])


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDetails:
    """What its owner says of a subscription.

    Attributes:
        url: where webhooks are sent to. It may hold a secret of the receiver's.
        event_types: what it wants to know of.
        description: for people; may be empty.
    """

    url: str = field(repr=False)
    event_types: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(SubscriptionDetails):
    """A receiver of webhooks.

    Attributes:
        id: identifier.
        owner_id: who made it, and is told no more than they may see themselves.
        signing_secret: signs what is sent.
        old_signing_secret: the one before; ``None`` if there was none.
        old_secret_until: how long that one signs, too, UTC.
        disabled_at: since when nothing is sent, UTC; ``None``: it is.
        version: grows by one with every change.
        created_at: when it was made, UTC.
        updated_at: when it was last changed, UTC.
    """

    id: UUID
    owner_id: UUID
    signing_secret: str = field(repr=False)
    old_signing_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    disabled_at: datetime | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime

    @property
    def secret(self) -> str:
        """The present secret, for the one answer that shows it."""
        return self.signing_secret

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """The secrets that sign at a moment, the present one first."""
        if self.old_signing_secret is None or self.old_secret_until is None:
            return (self.signing_secret,)
        if self.old_secret_until <= now:
            return (self.signing_secret,)
        return (self.signing_secret, self.old_signing_secret)

    def with_secret(self, secret: str, *, now: datetime) -> "Subscription":
        """The subscription with another secret. The present one signs on for a while; one before it ends."""
        return replace(
            self._changed(now),
            signing_secret=secret,
            old_signing_secret=self.signing_secret,
            old_secret_until=now + OVERLAP,
        )

    def switched(self, *, on: bool, now: datetime) -> "Subscription":
        """The subscription with deliveries on or off. Off again, it stays off since the first time."""
        disabled_at = None if on else self.disabled_at or now
        return replace(self._changed(now), disabled_at=disabled_at)

    def _changed(self, now: datetime) -> "Subscription":
        return replace(self, version=self.version + 1, updated_at=now)


def new_subscription(
    details: SubscriptionDetails, *, identifier: UUID, owner_id: UUID, secret: str, now: datetime
) -> Subscription:
    """A subscription that did not exist before. It names each type of event once.

    >>> from datetime import UTC
    >>> made = new_subscription(
    ...     SubscriptionDetails(url="https://...", event_types=("order.paid", "order.paid")),
    ...     identifier=UUID(int=1),
    ...     owner_id=UUID(int=2),
    ...     secret="whsec_...",
    ...     now=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> made.event_types, made.version
    (('order.paid',), 1)
    """
    return Subscription(
        id=identifier,
        owner_id=owner_id,
        url=details.url,
        event_types=tuple(dict.fromkeys(details.event_types)),
        description=details.description,
        signing_secret=secret,
        created_at=now,
        updated_at=now,
    )
