"""The yardstick: Flask, psycopg's pool and hand-written SQL, with nothing around them.

Answers the three requests that `compare.py` measures, from the same tables as the rendered service.
"""

import atexit
import json
import os
from collections import defaultdict
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask, Response, request
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

COLUMNS = "id, sku, name, price, currency, stock, version, created_at, updated_at"
ORDERS = "id, customer_id, status, total, currency, version, created_at, updated_at"
LINES = "order_id, product_id, quantity, unit_price"

app = Flask(__name__)


@cache
def pool() -> ConnectionPool[Any]:
    """A pool as large as the service's, opened in the process that uses it."""
    opened: ConnectionPool[Any] = ConnectionPool(
        os.environ["DATABASE_URL"], min_size=5, max_size=5, kwargs={"row_factory": dict_row}, open=True
    )
    atexit.register(opened.close)
    return opened


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["id"]),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


@app.get("/v1/products")
def list_products() -> Response:
    """Twenty products."""
    with pool().connection() as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM products WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 21"
        ).fetchall()
    return Response(json.dumps({"data": [_plain(row) for row in rows[:20]]}), mimetype="application/json")


@app.get("/v1/products/<uuid:product_id>")
def get_product(product_id: UUID) -> Response:
    """One product."""
    with pool().connection() as connection:
        row = connection.execute(
            f"SELECT {COLUMNS} FROM products WHERE id = %s AND deleted_at IS NULL", [product_id]
        ).fetchone()
    return Response(json.dumps({"data": _plain(row)}), mimetype="application/json")


@app.get("/v1/orders")
def list_orders() -> Response:
    """Twenty orders of a customer, with their lines."""
    with pool().connection() as connection:
        rows = connection.execute(
            f"SELECT {ORDERS} FROM orders WHERE customer_id = %s ORDER BY created_at DESC, id DESC LIMIT 21",
            [UUID(request.args["customer_id"])],
        ).fetchall()
        found = connection.execute(
            f"SELECT {LINES} FROM order_lines WHERE order_id = ANY(%s) ORDER BY order_id, position",
            [[row["id"] for row in rows]],
        ).fetchall()
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for line in found:
        lines[line.pop("order_id")].append({**line, "product_id": str(line["product_id"])})
    data = [{**_plain(row), "customer_id": str(row["customer_id"]), "lines": lines[row["id"]]} for row in rows[:20]]
    return Response(json.dumps({"data": data}), mimetype="application/json")
