"""From Pydantic's findings to the details of a 422: stable codes, paths a caller can follow."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from .errors import ErrorDetail

MAX_DETAILS = 100

_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than": "too_large",
    "less_than_equal": "too_large",
    "string_pattern_mismatch": "pattern",
    "literal_error": "not_allowed",
    "enum": "not_allowed",
    "control_character": "control_character",
    "currency": "not_allowed",
}
_MESSAGES = {
    "extra_forbidden": "This field is not known here",
    "missing": "This field is required",
    "string_pattern_mismatch": "The text does not have the required form",
}
_SOURCES = {"body", "query", "path", "header", "cookie"}


def details_of(errors: Iterable[Mapping[str, Any]]) -> list[ErrorDetail]:
    """Error details for the ``errors()`` of a Pydantic validation.

    At most the first hundred: a hostile body can have a finding in each of its bytes.
    A finding about the whole body has the field ``body``. The value that was sent is never repeated.
    """
    details = []
    for error in islice(errors, MAX_DETAILS):
        location = [str(part) for part in error["loc"]]
        if location and location[0] in _SOURCES:
            location = location[1:] or location[:1]
        kind = str(error["type"])
        code = _CODES.get(kind, "wrong_type" if kind.endswith(("_type", "_parsing")) else "invalid")
        details.append(
            ErrorDetail(
                field=".".join(location) or "body",
                code=code,
                message=_MESSAGES.get(kind, str(error["msg"])),
            )
        )
    return details


def settings_problems(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a line for each, by the name of its variable and without its value."""
    problems = [
        (".".join(map(str, item["loc"])).upper(), item["msg"].removeprefix("Value error, "))
        for item in error.errors(include_input=False, include_url=False)
    ]
    return [": ".join(filter(None, problem)) for problem in problems]
