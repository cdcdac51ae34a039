"""What callers send and get who sign in for tokens."""

from typing import Annotated, Literal

from pydantic import Field

from ..core.schema import RequestSchema, ResponseSchema

MAX_TOKEN_LENGTH = 4096


class RefreshIn(RequestSchema):
    """A refresh token to exchange."""

    refresh_token: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_TOKEN_LENGTH,
            description="From the last answer that held one. It is good once.",
            examples=["the-refresh-token-of-the-last-answer"],
        ),
    ]


class TokenPairOut(ResponseSchema):
    """Tokens of a login."""

    access_token: Annotated[
        str, Field(max_length=MAX_TOKEN_LENGTH, description="Send it as `Authorization: Bearer`.")
    ]
    refresh_token: Annotated[
        str, Field(max_length=MAX_TOKEN_LENGTH, description="Good for one exchange.")
    ]
    token_type: Annotated[Literal["Bearer"], Field(description="How the access token is sent.")]
    expires_in: Annotated[
        int, Field(ge=1, le=900, description="Seconds until the access token ends.", examples=[900])
    ]
