"""API keys: how machines prove who they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.identifiers import new_id
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import ApiKey, ApiKeyNotFound, ExpiresTooEarly, LoginRequired, ScopeNotHeld
from .ports import AccountsWork
from .secrets import digest, new_api_key

MANAGE = "api-keys:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey(ApiKey):
    """A key just made: the only time that it is there as a whole.

    Attributes:
        key: the whole key, to be handed to its owner and then forgotten.
    """

    key: str = field(repr=False)


class ApiKeyService:
    """Use cases of API keys.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
    """

    def __init__(
        self, *, transactions: Transactions[AccountsWork], policy: Policy, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock

    @use_case("api_keys.create", changes=True)
    def create_key(
        self, *, actor: Actor, name: str, scopes: Sequence[str], expires_at: datetime | None
    ) -> NewApiKey:
        """Make a key for the actor.

        Raises:
            Forbidden: the actor may not have keys.
            LoginRequired: the actor uses an API key.
            ScopeNotHeld: a scope is more than the actor may do.
            ExpiresTooEarly: it would have ended already.
        """
        self._authorise(actor)
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise ExpiresTooEarly
        for index, scope in enumerate(scopes):
            if not self._policy.allows(actor, scope):
                raise ScopeNotHeld(index)
        secret, prefix = new_api_key()
        made = NewApiKey(
            id=new_id(),
            user_id=actor.id,
            name=name,
            prefix=prefix,
            key_hash=digest(secret),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=expires_at,
            key=secret,
        )
        with self._transactions.writing() as work:
            work.api_keys.add(made)
            work.audit.record(
                audit_entry(
                    "api_keys.create",
                    actor=actor,
                    now=now,
                    subject=("api_key", made.id),
                    after={
                        "name": name,
                        "prefix": prefix,
                        "scopes": scopes,
                        "expires_at": expires_at,
                    },
                )
            )
        return made

    @use_case("api_keys.list", changes=False)
    def list_keys(self, *, actor: Actor, request: PageRequest) -> Page[ApiKey]:
        """A page of the actor's keys that were not taken back.

        Raises:
            Forbidden: the actor may not have keys.
        """
        self._authorise(actor)
        with self._transactions.reading() as work:
            return work.api_keys.page(request, user_id=actor.id)

    @use_case("api_keys.revoke", changes=True)
    def revoke_key(self, *, actor: Actor, key_id: UUID) -> None:
        """Take a key back: it is useless at once.

        Raises:
            Forbidden: the actor may not have keys.
            ApiKeyNotFound: there is none, it is somebody else's, or it was taken back already.
        """
        self._authorise(actor)
        now = self._clock.now()
        with self._transactions.writing() as work:
            key = work.api_keys.find(key_id, for_update=True)
            if key is None or key.user_id != actor.id or key.revoked_at is not None:
                raise ApiKeyNotFound
            work.api_keys.revoke(key_id, now=now)
            work.audit.record(
                audit_entry("api_keys.revoke", actor=actor, now=now, subject=("api_key", key_id))
            )

    def _authorise(self, actor: Actor) -> None:
        authorise(self._policy, actor, MANAGE)
        if actor.login_id is None:
            raise LoginRequired
