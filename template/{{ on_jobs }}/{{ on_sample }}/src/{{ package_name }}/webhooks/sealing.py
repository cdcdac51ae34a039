"""A subscription and the columns of its row, where the URL and the secrets are encrypted."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import structlog

from ..core.encryption import Cipher, Unreadable
from .entities import Subscription

log = structlog.get_logger("webhooks")

COLUMNS = tuple(field.name for field in fields(Subscription))

_URL = "webhook_subscriptions.url"
_SECRET = "webhook_subscriptions.signing_secret"  # noqa: S105 - a column
_OLD_SECRET = "webhook_subscriptions.old_signing_secret"  # noqa: S105 - a column


def columns_of(subscription: Subscription, cipher: Cipher) -> dict[str, Any]:
    """What is stored of a subscription, by column."""
    values = {name: getattr(subscription, name) for name in COLUMNS}
    old = subscription.old_signing_secret
    values["url"] = cipher.encrypt(subscription.url, place=_URL)
    values["event_types"] = json.dumps(subscription.event_types)
    values["signing_secret"] = cipher.encrypt(subscription.signing_secret, place=_SECRET)
    values["old_signing_secret"] = old and cipher.encrypt(old, place=_OLD_SECRET)
    return values


def subscription_of(row: Iterable[Any], cipher: Cipher) -> Subscription:
    """The subscription that is stored in a row of `COLUMNS`, in their order.

    Raises:
        Unreadable: a value was encrypted with a key that the service does not have, or changed.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    old = values["old_signing_secret"]
    values["url"] = cipher.decrypt(values["url"], place=_URL)
    values["event_types"] = tuple(json.loads(values["event_types"]))
    values["signing_secret"] = cipher.decrypt(values["signing_secret"], place=_SECRET)
    values["old_signing_secret"] = old and cipher.decrypt(old, place=_OLD_SECRET)
    return Subscription(**values)


def readable(rows: Iterable[Sequence[Any]], cipher: Cipher) -> list[Subscription]:
    """The subscriptions of rows of `COLUMNS`. One that cannot be decrypted is logged, and holds up no other."""
    found = []
    for row in rows:
        try:
            found.append(subscription_of(row, cipher))
        except Unreadable as error:
            identifier = str(row[COLUMNS.index("id")])
            log.warning("webhooks.unreadable", subscription_id=identifier, reason=str(error))
    return found
