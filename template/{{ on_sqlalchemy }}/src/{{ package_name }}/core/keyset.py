"""Reads one page of a list: the query behind ``pagination``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_
from sqlalchemy.orm import InstrumentedAttribute

from .pagination import PageRequest

Column = InstrumentedAttribute[Any] | ColumnElement[Any]
_Statement = Select[*tuple[Any, ...]]
# Which statement a page needs: sort field, downwards, whether it starts at a position, names of filters.
_Shape = tuple[str, bool, bool, frozenset[str]]


class PagedQuery:
    """The statements of a list. Each is built once: building one takes longer than running it.

    The condition of a position is written as ``a <= x AND (a < x OR id < y)``: unlike a comparison of
    row values, every engine turns that into a range on the index over ``(a, id)``.

    Args:
        statement: every row of the list.
        sortable: the columns a caller may sort by; the allow-list.
        filters: the condition of each filter, with ``bindparam(name)`` in the place of its value.
        identifier: the column that breaks ties.
    """

    def __init__(
        self,
        statement: _Statement,
        *,
        sortable: Mapping[str, Column],
        filters: Mapping[str, ColumnElement[bool]],
        identifier: Column,
    ) -> None:
        self._statement = statement
        self._sortable = sortable
        self._filters = filters
        self._identifier = identifier
        self._built: dict[_Shape, _Statement] = {}

    def one_page(
        self, request: PageRequest, **further_filters: Any
    ) -> tuple[_Statement, dict[str, Any]]:
        """The statement of a page, and of one row more that tells whether there is another page.

        Args:
            request: which page.
            further_filters: filters that the caller did not choose; ``None`` leaves one out.

        Returns:
            The statement and its parameters.
        """
        position = request.position
        values = {**request.filters, **further_filters}
        parameters = {name: value for name, value in values.items() if value is not None}
        shape = (
            request.sort.field,
            request.sort.descending != (position is not None and position.backwards),
            position is not None,
            frozenset(parameters),
        )
        statement = self._built.get(shape)
        if statement is None:
            statement = self._built[shape] = self._build(*shape)
        parameters["page_limit"] = request.limit + 1
        if position is not None:
            parameters["page_value"] = position.value
            parameters["page_id"] = position.id
        return statement, parameters

    def _build(
        self, field: str, downwards: bool, positioned: bool, filters: frozenset[str]
    ) -> _Statement:
        column, identifier = self._sortable[field], self._identifier
        value: ColumnElement[Any] = bindparam("page_value", type_=column.type)
        last: ColumnElement[Any] = bindparam("page_id", type_=identifier.type)
        statement = self._statement.where(*(self._filters[name] for name in sorted(filters)))
        if positioned and downwards:
            statement = statement.where(
                and_(column <= value, or_(column < value, identifier < last))
            )
        elif positioned:
            statement = statement.where(
                and_(column >= value, or_(column > value, identifier > last))
            )
        order = (
            (column.desc(), identifier.desc()) if downwards else (column.asc(), identifier.asc())
        )
        return statement.order_by(*order).limit(bindparam("page_limit"))
