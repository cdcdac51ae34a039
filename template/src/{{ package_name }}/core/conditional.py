"""Conditional requests: ``ETag``, ``If-Match`` and ``If-None-Match`` (RFC 9110, sections 8.8 and 13).

An entity's tag is its version number in quotes: ``"3"``.
"""

import re
from dataclasses import dataclass
from typing import Self

from .errors import PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


def entity_tag(version: int) -> str:
    """The strong tag of a version.

    >>> entity_tag(3)
    '"3"'
    """
    return f'"{version}"'


def is_unchanged(if_none_match: str | None, version: int) -> bool:
    """Whether the caller already holds this version, by its ``If-None-Match`` (weak comparison).

    >>> is_unchanged('"2", W/"3"', 3)
    True
    >>> is_unchanged(None, 3)
    False
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return entity_tag(version) in {tag.removeprefix("W/") for tag in _TAG.findall(if_none_match)}


@dataclass(frozen=True, slots=True)
class Precondition:
    """The versions that a change may be applied to; ``None`` means any (``If-Match: *``)."""

    tags: frozenset[str] | None

    @classmethod
    def from_header(cls, if_match: str | None) -> Self:
        """Read ``If-Match``. Weak tags never match: a change needs the strong comparison.

        >>> Precondition.from_header('"3"').allows(3)
        True
        >>> Precondition.from_header('W/"3"').allows(3)
        False

        Raises:
            PreconditionRequired: there is no such header.
        """
        if if_match is None or not if_match.strip():
            raise PreconditionRequired
        if if_match.strip() == "*":
            return cls(tags=None)
        return cls(tags=frozenset(_TAG.findall(if_match)))

    def allows(self, version: int) -> bool:
        """Whether ``version`` is one of those the caller means."""
        return self.tags is None or entity_tag(version) in self.tags

    def require(self, version: int) -> None:
        """Refuse the change unless it means this version.

        Raises:
            PreconditionFailed: the caller has seen another one.
        """
        if not self.allows(version):
            raise PreconditionFailed
