"""Reads one page of a list: the query behind ``pagination``."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from .pagination import PageRequest

Row = TypeVar("Row", bound=Model)


def one_page(
    rows: "QuerySet[Row, Any]", request: PageRequest, *, sortable: Collection[str]
) -> "QuerySet[Row, Any]":
    """Restrict a query to a page, and to one row more that tells whether there is another page.

    The condition is written as ``a <= x AND (a < x OR id < y)``: unlike a comparison of row values,
    every engine turns that into a range on the index over ``(a, id)``.

    Args:
        rows: the query with its filters.
        request: which page.
        sortable: the columns a caller may sort by; the allow-list.

    Raises:
        LookupError: the sort is not in the allow-list.
    """
    column = request.sort.field
    if column not in sortable:
        raise LookupError(f"rows cannot be sorted by {column}")
    position = request.position
    downwards = request.sort.descending != (position is not None and position.backwards)
    if position is not None:
        beyond = "lt" if downwards else "gt"
        rows = rows.filter(
            Q((f"{column}__{beyond}e", position.value)),
            Q((f"{column}__{beyond}", position.value)) | Q((f"id__{beyond}", position.id)),
        )
    sign = "-" if downwards else ""
    return rows.order_by(f"{sign}{column}", f"{sign}id")[: request.limit + 1]
