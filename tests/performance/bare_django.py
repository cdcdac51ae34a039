"""The yardstick: Django in one file, its pool and hand-written SQL, with no middleware and no ORM.

Answers the two requests that `compare.py` measures, from the same tables as the rendered service.
"""

import json
import os
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

COLUMNS = ("id", "sku", "name", "price", "currency", "stock", "version", "created_at", "updated_at")
URL = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": URL.path.removeprefix("/"),
            "USER": URL.username,
            "PASSWORD": URL.password or "",
            "HOST": URL.hostname,
            "PORT": URL.port or 5432,
            # As large as the service's.
            "OPTIONS": {"pool": {"min_size": 5, "max_size": 5}},
        }
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["SECRET_KEY"],
    USE_TZ=True,
)
django.setup()


def _rows(condition: str, parameters: list[object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM products WHERE deleted_at IS NULL {condition}", parameters)
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["id"]),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def list_products(_: HttpRequest) -> HttpResponse:
    """Twenty products."""
    rows = _rows("ORDER BY created_at DESC, id DESC LIMIT 21", [])
    return HttpResponse(json.dumps({"data": [_plain(row) for row in rows[:20]]}), content_type="application/json")


def get_product(_: HttpRequest, product_id: UUID) -> HttpResponse:
    """One product."""
    (row,) = _rows("AND id = %s", [product_id])
    return HttpResponse(json.dumps({"data": _plain(row)}), content_type="application/json")


urlpatterns = [path("v1/products", list_products), path("v1/products/<uuid:product_id>", get_product)]
app = get_wsgi_application()
