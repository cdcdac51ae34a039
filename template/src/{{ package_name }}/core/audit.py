"""The trail of sensitive operations: who did what to which object, kept with the change itself.

A service records an entry in the unit of work that makes the change, so there is never one without the
other. Values are masked before they are stored: an entry says that a password or an address changed, not
to what.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from .actor import Actor
from .context import request_id_var
from .identifiers import new_id
from .masking import masked

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Recorded = Mapping[str, Any] | DataclassInstance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One sensitive operation.

    Attributes:
        id: identifier, grows with time.
        occurred_at: when, UTC.
        actor_id: who did it.
        action: ``slice.verb``: ``users.set_roles``.
        object_type: kind of the object: ``user``.
        object_id: which one; ``None`` if it is no single object.
        before: the masked values that the operation changed, as they were.
        after: the same values as they are now.
        request_id: the request that asked for it; ``None`` outside of one.
        purged_before: of the entry that a purge leaves: entries older than this may be removed.
    """

    id: UUID
    occurred_at: datetime
    actor_id: UUID
    action: str
    object_type: str
    object_id: UUID | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    purged_before: datetime | None = None


class AuditLog(Protocol):
    """Where entries are kept."""

    def record(self, entry: AuditEntry) -> None:
        """Store an entry. It can never be changed."""
        ...


class AuditedWork(Protocol):
    """What a unit of work offers to services whose operations are recorded."""

    @property
    def audit(self) -> AuditLog:
        """The trail."""
        ...


def audit_entry(
    action: str,
    *,
    actor: Actor,
    now: datetime,
    subject: tuple[str, UUID | None],
    before: "Recorded" = None,
    after: "Recorded" = None,
) -> AuditEntry:
    """An entry about a change, with no more than what changed, masked.

    Args:
        action: ``slice.verb``.
        actor: who does it.
        now: when.
        subject: kind and id of the object.
        before: the object as it was: a dataclass, a mapping, or ``None`` if there was none.
        after: the object as it is now; ``None`` if there is none any more.
    """
    was, has = _values(before), _values(after)
    changed = [name for name in {**was, **has} if was.get(name) != has.get(name)]
    return AuditEntry(
        id=new_id(),
        occurred_at=now,
        actor_id=actor.id,
        action=action,
        object_type=subject[0],
        object_id=subject[1],
        before=masked({name: was[name] for name in changed if name in was}),
        after=masked({name: has[name] for name in changed if name in has}),
        request_id=request_id_var.get(),
    )


def _values(subject: "Recorded") -> dict[str, Any]:
    if subject is None:
        return {}
    return dict(subject) if isinstance(subject, Mapping) else asdict(subject)
