"""Who asks. Every service method takes an actor, so that none can forget to ask who it is."""

from dataclasses import dataclass, field
from uuid import UUID

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of a service method.

    Attributes:
        id: opaque identifier; owners of rows are stored as this.
        roles: names of the roles it holds.
    """

    id: UUID
    roles: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def anonymous(cls) -> "Actor":
        """A caller without credentials."""
        return cls(id=_NOBODY)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known to be asking."""
        return self.id == _NOBODY
