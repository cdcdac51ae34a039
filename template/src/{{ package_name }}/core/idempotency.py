"""Requests that may be repeated without doing their work twice (``Idempotency-Key``).

The key is claimed in the same transaction as the work, so both are stored or neither is: two requests
with one key that arrive together wait for each other at the key's row, and the loser replays the
winner's answer. An answer that reports an error is not kept; such a request may be tried again.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from .actor import Actor
from .addresses import subscriber
from .clock import Clock
from .context import client_address_var
from .encryption import Unreadable
from .envelope import Reply
from .errors import Conflict, ErrorDetail, Invalid
from .keys import Key, KeyRing
from .unit_of_work import Transactions, remove_in_batches

log = structlog.get_logger(__name__)

REPLAY_HEADER = "Idempotent-Replay"
_KEPT_HEADERS = ("Location", "ETag")
_VALID_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class KeyReused(Conflict):
    """The key was used before, for another request."""

    code = "request.idempotency_key_reused"
    message = "This Idempotency-Key was used for a different request. Use a new key."


class AnswerLost(Conflict):
    """The request was carried out, and its answer can no longer be read."""

    code = "request.idempotency_answer_lost"
    message = (
        "The request with this Idempotency-Key was carried out, and its answer can no longer be read."
        " Read the present state before you ask for more, with a new key."
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in the hands of a caller.

    Attributes:
        caller: who uses it; callers do not share keys.
        key: the key itself.
        fingerprint: HMAC-SHA-256 of the request: method, path and body.
    """

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer to a claim.

    Attributes:
        fingerprint: of the request it answered.
        status: HTTP status.
        data: JSON text of the ``data`` member.
        headers: those that belong to the answer.
    """

    fingerprint: str
    status: int
    data: str | None
    headers: dict[str, str]


class IdempotencyStore(Protocol):
    """Keeps answers."""

    def claim(self, claim: Claim, *, now: datetime, expires_at: datetime) -> KeptAnswer | None:
        """Take the key, waiting for whoever holds it at the moment.

        Returns:
            The answer kept for it, or ``None`` if the key is now ours.

        Raises:
            Unreadable: an answer is kept for it, under a key of ours that is gone.
        """
        ...

    def keep(self, claim: Claim, answer: KeptAnswer) -> None:
        """Store the answer to a claim that :meth:`claim` granted; its data encrypted."""
        ...

    def purge(self, *, before: datetime, limit: int) -> int:
        """Remove keys that expired before a moment; returns how many."""
        ...


class IdempotencyWork(Protocol):
    """What a unit of work has to offer for it."""

    @property
    def idempotency(self) -> IdempotencyStore:
        """The store of kept answers."""
        ...


class Idempotency:
    """Runs a piece of work once for each key.

    Args:
        transactions: opens the unit of work that holds the key and the work together.
        clock: tells when a key expires.
        lifetime: how long an answer is kept.
        keys: for the fingerprints of requests and of unknown callers. A plain hash of a request that holds
            a password could be used to guess it, and one of an address to find it.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[IdempotencyWork],
        clock: Clock,
        lifetime: timedelta,
        keys: KeyRing,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._lifetime = lifetime
        self._keys = keys

    def run(
        self, *, actor: Actor, key: str | None, request: bytes, produce: Callable[[], Reply]
    ) -> Reply:
        """Produce the answer, or repeat the first one.

        Args:
            actor: the caller.
            key: value of the header; ``None`` runs the work without any of this.
            request: what makes the request this one: method, path and body.
            produce: does the work. Its units of work join the one opened here.

        Raises:
            Invalid: the key is not 1 to 255 visible ASCII characters.
            KeyReused: the key belongs to another request.
            AnswerLost: the work was done before, and its answer cannot be decrypted any more. To do the work
                again would do it twice, and to ask the caller to try later would never end.
        """
        if key is None:
            return produce()
        if not _VALID_KEY.fullmatch(key):
            detail = ErrorDetail(
                "Idempotency-Key", "pattern", "Use 1 to 255 visible ASCII characters"
            )
            raise Invalid(details=[detail])
        claim = Claim(
            caller=self._caller(actor),
            key=key,
            fingerprint=_fingerprint(self._keys.current, request),
        )
        now = self._clock.now()
        with self._transactions.writing() as work:
            try:
                kept = work.idempotency.claim(claim, now=now, expires_at=now + self._lifetime)
            except Unreadable as error:
                log.warning("idempotency.answer_unreadable", reason=error.reason)
                raise AnswerLost from error
            if kept is None:
                reply = produce()
                work.idempotency.keep(claim, _kept(claim, reply))
                return reply
        if kept.fingerprint not in {_fingerprint(one, request) for one in self._keys.all}:
            raise KeyReused
        return Reply(
            status=kept.status,
            data=None if kept.data is None else kept.data.encode(),
            headers={**kept.headers, REPLAY_HEADER: "true"},
        )

    def _caller(self, actor: Actor) -> str:
        """Whose keys they are. Strangers have no name, so those of each address are kept apart."""
        if not actor.is_anonymous:
            return str(actor.id)
        address = subscriber(client_address_var.get())
        return _fingerprint(self._keys.current, f"anonymous\n{address}".encode())

    def purge(self) -> int:
        """Remove expired keys; returns how many."""
        now = self._clock.now()
        return remove_in_batches(
            self._transactions, lambda work, limit: work.idempotency.purge(before=now, limit=limit)
        )


def _fingerprint(key: Key, request: bytes) -> str:
    return hmac.new(key.secret, request, hashlib.sha256).hexdigest()


def _kept(claim: Claim, reply: Reply) -> KeptAnswer:
    return KeptAnswer(
        fingerprint=claim.fingerprint,
        status=reply.status,
        data=None if reply.data is None else reply.data.decode(),
        headers={name: reply.headers[name] for name in _KEPT_HEADERS if name in reply.headers},
    )
