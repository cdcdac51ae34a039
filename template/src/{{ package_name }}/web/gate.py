"""The one way in: every request passes here after it was routed and before its handler runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.actor import Actor
from ..core.addresses import subscriber
from ..core.authentication import RequestHead
from ..core.context import client_address_var, limit_headers_var, user_id_var
from ..core.credentials import Authenticator, Credentials
from ..core.errors import Forbidden, Unauthenticated
from ..core.exchange import is_operational
from ..core.limits import Budget, Limits
from .access import PUBLIC, STRICTLY_LIMITED


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that was let in.

    Attributes:
        actor: who sends it.
        headers: what its answer says of the caller's limits.
    """

    actor: Actor
    headers: Mapping[str, str] = field(default_factory=dict)

    def note(self) -> None:
        """Let the log and the answer of the present request know of it."""
        if not self.actor.is_anonymous:
            user_id_var.set(str(self.actor.id))
        limit_headers_var.set(self.headers)


class Gate:
    """Lets requests in: to public routes everybody, to all others known callers, and nobody too often.

    Args:
        authenticator: knows callers.
        limits: count their requests.
    """

    def __init__(self, *, authenticator: Authenticator, limits: Limits) -> None:
        self._authenticator = authenticator
        self._limits = limits

    def is_instant(self, *, method: str, route: str) -> bool:
        """Whether :meth:`admit` asks neither the database nor the cache, and so may run anywhere."""
        return f"{method} {route}" in PUBLIC and (is_operational(route) or self._limits.is_local)

    def admit(self, head: RequestHead, *, route: str) -> Admission:
        """Let a request in.

        Args:
            head: of the request.
            route: the template of the route that was found: ``/v1/orders/{order_id}``.

        Raises:
            Unauthenticated: the route is not public, and the caller shows nothing, or nothing valid.
            Forbidden: what the caller shows does not allow this request.
            TooManyRequests: the caller has asked too often.
        """
        operation = f"{head.method} {route}"
        if is_operational(route) and operation in PUBLIC:
            return Admission(Actor.anonymous())
        address = subscriber(client_address_var.get())
        actor = Actor.anonymous()
        # What a caller shows at a public route is not looked at: a stale token keeps nobody from signing in.
        if operation not in PUBLIC:
            try:
                actor = self._known(Credentials.of(head))
            except (Unauthenticated, Forbidden):
                self._limits.spend(Budget.DEFAULT, "refused", address)
                raise
        budget = Budget.AUTH if operation in STRICTLY_LIMITED else Budget.DEFAULT
        caller = f"address {address}" if actor.is_anonymous else f"user {actor.id}"
        return Admission(actor, self._limits.spend(budget, operation, caller).headers)

    def _known(self, credentials: Credentials | None) -> Actor:
        if credentials is None:
            raise Unauthenticated
        return self._authenticator.authenticate(credentials)
