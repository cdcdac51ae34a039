"""May this actor do that? Services ask here, handlers never."""

from collections.abc import Mapping
from typing import Protocol

from .actor import Actor
from .errors import Forbidden, Unauthenticated


class Policy(Protocol):
    """Decides what actors may do."""

    def allows(self, actor: Actor, permission: str) -> bool:
        """Whether ``actor`` holds ``permission`` (``products:write``)."""
        ...


class RolePolicy:
    """Roles stand for permissions. Whoever holds no role may do nothing.

    Args:
        permissions: of each role, by its name.
    """

    def __init__(self, permissions: Mapping[str, frozenset[str]]) -> None:
        self._permissions = dict(permissions)

    def allows(self, actor: Actor, permission: str) -> bool:
        """Whether one of the actor's roles holds the permission, and its API key, if it uses one, does not lack it."""
        if actor.scopes is not None and permission not in actor.scopes:
            return False
        return any(permission in self._permissions.get(role, ()) for role in actor.roles)


def authorise(policy: Policy, actor: Actor, permission: str) -> None:
    """Refuse unless the policy allows it.

    Raises:
        Unauthenticated: nobody is known to be asking, and not everybody may do it.
        Forbidden: ``actor`` lacks ``permission``.
    """
    if policy.allows(actor, permission):
        return
    if actor.is_anonymous:
        raise Unauthenticated
    raise Forbidden
