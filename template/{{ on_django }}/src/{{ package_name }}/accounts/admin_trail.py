"""What the admin pages do to accounts, in the audit trail: each entry in the transaction of what it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils import timezone

from ..core.actor import Actor
from ..core.audit import audit_entry
from .entities import Role
from .models import User


@contextmanager
def recorded_change(request: Any, user_id: UUID) -> Iterator[list[UUID]]:
    """Record what the block changes in an account, and let it hold at once in the API too.

    Yields:
        The administrators: nobody else changes who they are, nor this account, until the block ends.
    """
    with request.services.database.writing() as work:
        admins = work.users.lock_holders(Role.ADMIN)
        user = User.locked(user_id)
        if user is None:
            yield admins  # Django says that there is none
            return
        before = user.described()
        yield admins
        after = user.described()
        if after == before:
            return
        user.version += 1
        user.updated_at = timezone.now()
        user.save(update_fields=["version", "updated_at"])
        if after["password"] != before["password"] or not user.is_active:
            work.logins.end_all(user_id, now=user.updated_at)
        work.audit.record(
            audit_entry(
                "admin.change_user",
                actor=_visitor(request),
                now=user.updated_at,
                subject=("user", user_id),
                before=before,
                after=after,
            )
        )


def record_addition(request: Any, user: User) -> None:
    """Record that the visitor has made an account."""
    entry = audit_entry(
        "admin.add_user",
        actor=_visitor(request),
        now=timezone.now(),
        subject=("user", user.id),
        after=user.described(),
    )
    with request.services.database.writing() as work:
        work.audit.record(entry)


def record_log_in(request: Any) -> None:
    """Record that the visitor has logged in."""
    entry = audit_entry(
        "admin.log_in",
        actor=_visitor(request),
        now=timezone.now(),
        subject=("user", request.user.pk),
    )
    with request.services.database.writing() as work:
        work.audit.record(entry)


def _visitor(request: Any) -> Actor:
    return Actor(id=request.user.pk)
