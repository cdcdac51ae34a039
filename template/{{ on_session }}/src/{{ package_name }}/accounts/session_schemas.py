"""What callers get who sign in for a session. The session itself is in a cookie and never in a body."""

from typing import Annotated

from pydantic import Field

from ..core.schema import ResponseSchema, Timestamp


class SessionOut(ResponseSchema):
    """A session, without what proves it."""

    csrf_token: Annotated[
        str,
        Field(max_length=100, description="Send it as `X-CSRF-Token` with every change."),
    ]
    expires_at: Annotated[
        Timestamp, Field(description="When it ends at the latest, however busy it is.")
    ]
