"""Errors that the caller of the service can cause, or has to expect.

Each one knows its HTTP status and its stable, machine-readable code; one handler renders them all
(``web/errors.py``). Slices add their own below these kinds. ``docs/errors.md`` lists the codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One thing that is wrong with one part of the request.

    Attributes:
        field: where it is, as a dotted path from the body or query: ``lines.0.quantity``.
        code: stable name of what is wrong with it: ``required``, ``too_long``.
        message: the same for a person.
    """

    field: str
    code: str
    message: str


class AppError(Exception):
    """Base of every expected error. Raise a subclass."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    message: ClassVar[str] = "The service failed. The failure has been recorded."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = tuple(details)
        self.headers = dict(headers or {})
        super().__init__(self.text)


class Malformed(AppError):
    """The request cannot be parsed at all."""

    status = 400
    code = "request.malformed"
    message = "The request body is not valid JSON."


class BadCursor(Malformed):
    """The cursor was not issued by this service, or for another list."""

    code = "request.bad_cursor"
    message = "The cursor is not valid for this list. Start again without a cursor."


class Unauthenticated(AppError):
    """The caller is not known."""

    status = 401
    code = "auth.required"
    message = "Authentication is required."


class Forbidden(AppError):
    """The caller is known, and may not do this."""

    status = 403
    code = "auth.forbidden"
    message = "You are not allowed to do this."


class NotFound(AppError):
    """There is no such thing, or none that the caller may see."""

    status = 404
    code = "request.not_found"
    message = "There is nothing at this address."


class MethodNotAllowed(AppError):
    """The address exists, the method does not."""

    status = 405
    code = "request.method_not_allowed"
    message = "This address does not support the method."


class Conflict(AppError):
    """The request contradicts the present state."""

    status = 409
    code = "request.conflict"
    message = "The request conflicts with the present state."


class PreconditionFailed(AppError):
    """``If-Match`` names a version that is no longer the present one."""

    status = 412
    code = "request.stale_version"
    message = "The object has changed since you read it. Read it again and repeat the change."


class BodyTooLarge(AppError):
    """The body is larger than the service accepts."""

    status = 413
    code = "request.body_too_large"
    message = "The request body is too large."


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    status = 415
    code = "request.unsupported_media_type"
    message = "Send the body as application/json."


class Invalid(AppError):
    """The request can be parsed, and some of its values are not acceptable."""

    status = 422
    code = "request.invalid"
    message = "Some values are not valid."


class PreconditionRequired(AppError):
    """A change to an object came without ``If-Match``."""

    status = 428
    code = "request.precondition_required"
    message = "Send If-Match with the ETag of the version you read."


class Unavailable(AppError):
    """Something the service depends on does not answer. Trying again later is worthwhile."""

    status = 503
    code = "service.unavailable"
    message = "The service is temporarily unavailable. Try again shortly."

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})
