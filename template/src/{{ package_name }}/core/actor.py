"""Who asks. Every service method takes an actor, so that none can forget to ask who it is."""

from dataclasses import dataclass, field
from uuid import UUID

_NOBODY = UUID(int=0)
_SYSTEM = UUID(int=1)

SYSTEM_ROLE = "system"
"""Held by :meth:`Actor.system` alone: no account can be given it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of a service method.

    Attributes:
        id: opaque identifier; owners of rows are stored as this.
        roles: names of the roles it holds.
        scopes: permissions that an API key was made for: what its owner may do, it may do only if it is
            among them. ``None``: no such limit.
        login_id: the login it uses; ``None`` for an API key.
    """

    id: UUID
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    login_id: UUID | None = None

    @classmethod
    def anonymous(cls) -> "Actor":
        """A caller without credentials."""
        return cls(id=_NOBODY)

    @classmethod
    def system(cls) -> "Actor":
        """The service's own command line."""
        return cls(id=_SYSTEM, roles=frozenset({SYSTEM_ROLE}))

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known to be asking."""
        return self.id == _NOBODY
