"""What has happened, for those beyond this service who want to know: the part of it that slices share.

A slice announces an event in the unit of work of the change itself, so there is never one without the other:

    work.jobs.add(new_job(ANNOUNCE, event, actor=actor, now=now))

Whose job it is from there on, only ``bootstrap.py`` and ``background.py`` know.
"""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from .jobs import JobKind


class Event(BaseModel, extra="forbid", frozen=True):
    """Something that has happened.

    Attributes:
        id: identifier: whoever is told twice knows it by this.
        type: ``object.what_happened``, as in ``order.placed``.
        occurred_at: when, UTC.
        data: the object as it was then, as JSON has it.
    """

    id: UUID
    type: str
    occurred_at: AwareDatetime
    data: dict[str, Any]


ANNOUNCE = JobKind(name="webhooks.announce", payload=Event)
"""Tells everybody who wants to know of an event."""
