"""The yardstick: Flask, psycopg's pool and hand-written SQL, with nothing around them.

Answers the two requests that `compare.py` measures, from the same tables as the rendered service.
"""

import atexit
import json
import os
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask, Response
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

COLUMNS = "id, sku, name, price, currency, stock, version, created_at, updated_at"

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
