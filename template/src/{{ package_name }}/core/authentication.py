"""Who is asking? Answered once for each request, before any handler runs."""

from collections.abc import Callable
from dataclasses import dataclass

from .errors import Unauthenticated

API_KEY_HEADER = "X-API-Key"

_LONGEST_CREDENTIAL = 4096


class InvalidCredentials(Unauthenticated):
    """What was shown is no valid credential, or none any more. Which of both is nobody's business."""

    code = "auth.invalid_token"
    message = "The credentials are not valid, or not any more. Sign in again."


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What a request says before its body: as much as it takes to tell who sends it.

    Attributes:
        method: HTTP method.
        header: gives the value of a header by its name; ``None`` if there is none.
    """

    method: str
    header: Callable[[str], str | None]


def bounded(credential: str) -> str:
    """The credential, if it can be one.

    Raises:
        InvalidCredentials: it is empty, overlong, or not ASCII.
    """
    if not credential or len(credential) > _LONGEST_CREDENTIAL or not credential.isascii():
        raise InvalidCredentials
    return credential
