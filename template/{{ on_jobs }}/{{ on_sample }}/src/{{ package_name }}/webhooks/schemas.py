"""What callers send and get: the contract of webhook subscriptions, the same for every web framework."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from ..core.pagination import ListQuery
from ..core.schema import CLEAN_TEXT, RequestSchema, ResponseSchema, Timestamp
from .entities import MAX_EVENT_TYPES, SubscriptionDetails

MAX_URL_LENGTH = 2000
MAX_DESCRIPTION_LENGTH = 200
MAX_EVENT_TYPE_LENGTH = 100
MAX_VERSION = 2_147_483_647
_RECEIVER = "shop.example.com"

Url = Annotated[
    str,
    Field(
        min_length=9,
        max_length=MAX_URL_LENGTH,
        pattern=r"^https?://[!-~]+$",
        description="Where webhooks are sent to: https, and a public address.",
        examples=[f"https://{_RECEIVER}/webhooks"],
    ),
    CLEAN_TEXT,
]
EventTypes = Annotated[
    list[
        Annotated[
            str,
            Field(
                min_length=3,
                max_length=MAX_EVENT_TYPE_LENGTH,
                pattern=r"^[a-z][a-z_]*\.[a-z][a-z_]*$",
                description="Type of an event.",
                examples=["order.placed"],
            ),
        ]
    ],
    Field(
        min_length=1,
        max_length=MAX_EVENT_TYPES,
        description="What to be told of.",
        examples=[["order.placed", "order.paid"]],
    ),
]
Description = Annotated[
    str,
    Field(
        max_length=MAX_DESCRIPTION_LENGTH,
        description="What it is for, for people.",
        examples=["Warehouse"],
    ),
    CLEAN_TEXT,
]


class SubscriptionIn(RequestSchema):
    """A subscription to make."""

    url: Url
    event_types: EventTypes
    description: Description = ""

    def details(self) -> SubscriptionDetails:
        """The same for the service."""
        return SubscriptionDetails(
            url=self.url,
            event_types=tuple(self.event_types),
            description=self.description,
        )


class SubscriptionPatch(RequestSchema):
    """Parts of a subscription to change. What is left out stays as it is; nothing can be set to null."""

    url: Url = None  # type: ignore[assignment]
    event_types: EventTypes = None  # type: ignore[assignment]
    description: Description = None  # type: ignore[assignment]
    enabled: Annotated[
        bool,
        Field(description="Whether webhooks are sent. `true` also after the receiver was gone."),
    ] = None  # type: ignore[assignment]

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class SubscriptionQuery(ListQuery):
    """Order of the list of subscriptions."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Field(description="Order of the list; `-` for descending.", examples=["-created_at"]),
    ] = "-created_at"


class SubscriptionOut(ResponseSchema):
    """A subscription, without its secret."""

    id: Annotated[UUID, Field(description="Identifier, a UUID of version 7.")]
    url: Annotated[str, Field(max_length=MAX_URL_LENGTH, description="Where webhooks are sent to.")]
    event_types: Annotated[
        list[Annotated[str, Field(max_length=MAX_EVENT_TYPE_LENGTH)]],
        Field(max_length=MAX_EVENT_TYPES, strict=False, description="What it is told of."),
    ]
    description: Annotated[
        str, Field(max_length=MAX_DESCRIPTION_LENGTH, description="What it is for.")
    ]
    disabled_at: Annotated[
        Timestamp | None,
        Field(
            description=(
                "Since when nothing is sent: its owner said so, or its receiver answered 410; null while webhooks "
                "are sent."
            )
        ),
    ]
    old_secret_until: Annotated[
        Timestamp | None,
        Field(description="How long the secret before this one signs, too; null: there was none."),
    ]
    version: Annotated[
        int,
        Field(ge=1, le=MAX_VERSION, description="Grows by one with every change.", examples=[1]),
    ]
    created_at: Annotated[Timestamp, Field(description="When it was made.")]
    updated_at: Annotated[Timestamp, Field(description="When it was last changed.")]


class NewSecretOut(SubscriptionOut):
    """A subscription with a secret just made. It is never shown again."""

    secret: Annotated[
        str,
        Field(max_length=100, description="Signs what is sent: `whsec_` and 32 bytes in Base64."),
    ]
