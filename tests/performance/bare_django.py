"""The yardstick: Django in one file, its pool and hand-written SQL, with no middleware and no ORM.

Answers the three requests that `compare.py` measures, from the same tables as the rendered service.
"""

import json
import os
from collections import defaultdict
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
ORDERS = ("id", "customer_id", "status", "total", "currency", "version", "created_at", "updated_at")
LINES = ("order_id", "product_id", "quantity", "unit_price")
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


def _rows(columns: tuple[str, ...], rest: str, parameters: list[object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {rest}", parameters)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["id"]),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def list_products(_: HttpRequest) -> HttpResponse:
    """Twenty products."""
    rows = _rows(COLUMNS, "products WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 21", [])
    return HttpResponse(json.dumps({"data": [_plain(row) for row in rows[:20]]}), content_type="application/json")


def get_product(_: HttpRequest, product_id: UUID) -> HttpResponse:
    """One product."""
    (row,) = _rows(COLUMNS, "products WHERE deleted_at IS NULL AND id = %s", [product_id])
    return HttpResponse(json.dumps({"data": _plain(row)}), content_type="application/json")


def list_orders(request: HttpRequest) -> HttpResponse:
    """Twenty orders of a customer, with their lines."""
    rows = _rows(
        ORDERS,
        "orders WHERE customer_id = %s ORDER BY created_at DESC, id DESC LIMIT 21",
        [UUID(request.GET["customer_id"])],
    )
    found = _rows(
        LINES, "order_lines WHERE order_id = ANY(%s) ORDER BY order_id, position", [[row["id"] for row in rows]]
    )
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for line in found:
        lines[line.pop("order_id")].append({**line, "product_id": str(line["product_id"])})
    data = [{**_plain(row), "customer_id": str(row["customer_id"]), "lines": lines[row["id"]]} for row in rows[:20]]
    return HttpResponse(json.dumps({"data": data}), content_type="application/json")


urlpatterns = [
    path("v1/products", list_products),
    path("v1/products/<uuid:product_id>", get_product),
    path("v1/orders", list_orders),
]
app = get_wsgi_application()
