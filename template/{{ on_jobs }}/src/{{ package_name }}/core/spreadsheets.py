"""Rows of files that people open in a spreadsheet."""

from collections.abc import Iterable

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a text that begins like this for a formula, and runs it."""


def harmless(cells: Iterable[object]) -> list[object]:
    """The cells of a row, texts that would run among them behind an apostrophe, which spreadsheets do not show.

    >>> harmless(["=1+1", "a+b", -3])
    ["'=1+1", 'a+b', -3]
    """
    return [f"'{cell}" if _runs(cell) else cell for cell in cells]


def _runs(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith(_RUNS)
