"""Building blocks of request and response contracts (Pydantic), shared by every slice.

Requests are strict: an unknown field, or ``"1"`` where a number belongs, is refused, never coerced.
Text is trimmed and brought to Unicode form NFC; control characters are refused, not removed.
"""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from .money import CURRENCIES

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_MOMENT = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}[Tt ][0-9]{2}(:[0-9]{2}){2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class RequestSchema(BaseModel):
    """A request body or a set of query parameters. Strict; unknown members are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, str_strip_whitespace=True)


class ResponseSchema(BaseModel):
    """A part of a response, filled from an entity. A value of the wrong type is our own error."""

    model_config = ConfigDict(strict=True, from_attributes=True, frozen=True)


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _CONTROL.search(value):
        raise PydanticCustomError("control_character", "Control characters are not allowed")
    return unicodedata.normalize("NFC", value)


def _whole_number(value: object) -> object:
    """Query parameters arrive as text; only the plain form of a number is one."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    return value


def _moment(value: object) -> object:
    """Only the form of RFC 3339 is a moment; a number would pass for one, as seconds since 1970."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return value
    raise PydanticCustomError("moment", "Use a time with its offset, such as 2026-03-14T09:26:53Z")


def _known_currency(value: str) -> str:
    if value not in CURRENCIES:
        raise PydanticCustomError(
            "currency", "Use an ISO 4217 currency code in capitals, such as EUR"
        )
    return value


def _utc_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


CLEAN_TEXT = BeforeValidator(_clean)
"""For a single line of text; comes last, so that bounds are checked on the normalised text:
``Annotated[str, Field(min_length=1, max_length=200), CLEAN_TEXT]``."""

NUMBER_IN_QUERY = BeforeValidator(_whole_number)
"""For a whole number in a query string; comes last."""

Identifier = Annotated[UUID, Field(strict=False)]
"""An id in a request: the text form of a UUID."""

Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]
"""A moment in a request: the text of RFC 3339, with an offset."""

Currency = Annotated[
    str,
    AfterValidator(_known_currency),
    WithJsonSchema({"type": "string", "enum": list(CURRENCIES), "minLength": 3, "maxLength": 3}),
]
"""An ISO 4217 currency code."""

Timestamp = Annotated[
    datetime,
    PlainSerializer(_utc_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 27}),
]
"""A moment in a response: RFC 3339, UTC, microseconds."""
