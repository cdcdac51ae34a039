"""Pages of lists by cursor.

A cursor says where in the order a page ends: the sort value and the id of its last (or first) row.
So rows that come or go between two requests never make the next page repeat or skip another row, and
a page far down costs what the first one costs. Cursors are signed, and bound to the list, the filters
and the sort they were issued for.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import Field

from .errors import BadCursor
from .keys import Key, KeyRing
from .schema import CLEAN_TEXT, NUMBER_IN_QUERY, RequestSchema

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100

Item = TypeVar("Item")
SortValue = str | int | datetime
_SIGNATURE_BYTES = 16


class ListQuery(RequestSchema):
    """Query parameters that every list takes. A list adds its filters and its ``sort``."""

    limit: Annotated[
        int,
        Field(ge=1, le=MAX_PAGE_SIZE, description="Most items on the page.", examples=[50]),
        NUMBER_IN_QUERY,
    ] = DEFAULT_PAGE_SIZE
    cursor: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=2000,
            description="From `pagination` of another page of this list.",
        ),
        CLEAN_TEXT,
    ] = None

    def filters(self) -> dict[str, Any]:
        """The filters that were set, by name."""
        return self.model_dump(exclude={"limit", "cursor", "sort"}, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by one field, ties by id.

    >>> Sort.parse("-created_at")
    Sort(field='created_at', descending=True)
    """

    field: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``field`` or ``-field``."""
        return cls(field=text.removeprefix("-"), descending=text.startswith("-"))


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows of a list.

    Attributes:
        value: the sort value of the row next to it.
        id: the id of that row.
        backwards: whether the page is the one before the place, not the one after it.
    """

    value: SortValue
    id: UUID
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of which list.

    Attributes:
        resource: name of the list.
        limit: most items on the page.
        sort: the order.
        filters: by name; a repository knows the names.
        position: where the page starts; ``None`` is the first page.
    """

    resource: str
    limit: int
    sort: Sort
    filters: Mapping[str, Any] = field(default_factory=dict)
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of a list.

    Attributes:
        request: what was asked for.
        items: at most ``request.limit`` of them, in order.
        next_position: where the next page starts, ``None`` on the last.
        previous_position: where the page before ends, ``None`` on the first.
    """

    request: PageRequest
    items: tuple[Item, ...]
    next_position: Position | None = None
    previous_position: Position | None = None

    @classmethod
    def from_rows(
        cls, request: PageRequest, rows: Sequence[Item], sort_value: Callable[[Item], SortValue]
    ) -> Self:
        """Make a page of the rows that a repository read, one more than the limit if there are more.

        ``rows`` are in the order in which they were read: for a page before a position, the reverse.
        Items have an ``id``.
        """
        items = list(rows[: request.limit])
        more = len(rows) > request.limit
        backwards = request.position is not None and request.position.backwards
        if backwards:
            items.reverse()
        if not items:
            return cls(request=request, items=())

        def place(item: Item, *, before: bool) -> Position:
            return Position(value=sort_value(item), id=item.id, backwards=before)  # type: ignore[attr-defined]

        return cls(
            request=request,
            items=tuple(items),
            next_position=place(items[-1], before=False) if more or backwards else None,
            previous_position=(
                place(items[0], before=True)
                if (more if backwards else request.position is not None)
                else None
            ),
        )


class Cursors:
    """Writes and reads the cursors of all lists.

    Args:
        keys: sign them.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def encode(self, request: PageRequest, position: Position | None) -> str | None:
        """The cursor of a position in the list that ``request`` describes."""
        if position is None:
            return None
        value = position.value
        kind: Literal["t", "i", "s"] = "s"
        if isinstance(value, datetime):
            kind, value = "t", value.isoformat()
        elif isinstance(value, int):
            kind = "i"
        payload = json.dumps(
            [kind, value, position.id.hex, int(position.backwards)], separators=(",", ":")
        )
        text = payload.encode()
        return _base64(_signature(self._keys.current, text, request) + text)

    def decode(self, request: PageRequest, cursor: str) -> Position:
        """The position that a cursor names.

        Raises:
            BadCursor: it was not issued by this service, or for another list, filter or sort.
        """
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadCursor from error
        signature, text = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not any(
            hmac.compare_digest(signature, _signature(key, text, request)) for key in self._keys.all
        ):
            raise BadCursor
        if _base64(raw) != cursor:  # other letters at its end can stand for the same bytes
            raise BadCursor
        kind, value, identifier, backwards = json.loads(text)
        return Position(
            value=datetime.fromisoformat(value) if kind == "t" else value,
            id=UUID(identifier),
            backwards=bool(backwards),
        )

    def page_request(self, resource: str, query: ListQuery, sort: str) -> PageRequest:
        """The page that a caller asks for.

        Args:
            resource: name of the list; a cursor of another list is refused.
            query: the checked query parameters.
            sort: the order, ``field`` or ``-field``, from the list's allow-list.

        Raises:
            BadCursor: see :meth:`decode`.
        """
        first = PageRequest(
            resource=resource, limit=query.limit, sort=Sort.parse(sort), filters=query.filters()
        )
        if query.cursor is None:
            return first
        return replace(first, position=self.decode(first, query.cursor))


def _signature(key: Key, text: bytes, request: PageRequest) -> bytes:
    """Signature over the cursor and over everything it is bound to. The limit may change."""
    scope = json.dumps(
        [request.resource, request.sort.field, request.sort.descending, dict(request.filters)],
        sort_keys=True,
        default=str,
    )
    signed = scope.encode() + b"\0" + text
    return hmac.new(key.secret, signed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _base64(raw: bytes) -> str:
    """The one spelling of a cursor: without padding, fit for an address."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
