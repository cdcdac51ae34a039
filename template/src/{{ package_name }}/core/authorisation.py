"""May this actor do that? Services ask here, handlers never."""

from typing import Protocol

import structlog

from .actor import Actor
from .errors import Forbidden

log = structlog.get_logger(__name__)


class Policy(Protocol):
    """Decides what actors may do."""

    def allows(self, actor: Actor, permission: str) -> bool:
        """Whether ``actor`` holds ``permission`` (``products:write``)."""
        ...


class OpenPolicy:
    """Allows everything to everybody: the service has no accounts yet.

    Says so at start, so that nobody takes the open door for a checked one.
    """

    def __init__(self) -> None:
        log.warning("authorisation.open", reason="no accounts: every caller may do everything")

    def allows(self, actor: Actor, permission: str) -> bool:  # noqa: ARG002 - the port's signature
        """Always true."""
        return True


def authorise(policy: Policy, actor: Actor, permission: str) -> None:
    """Refuse unless the policy allows it.

    Raises:
        Forbidden: ``actor`` lacks ``permission``.
    """
    if not policy.allows(actor, permission):
        raise Forbidden
