"""The yardstick: FastAPI, asyncpg and hand-written SQL, with nothing around them.

Answers the three requests that `compare.py` measures, from the same tables as the rendered service.
"""

import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Response

COLUMNS = "id, sku, name, price, currency, stock, version, created_at, updated_at"
ORDERS = "id, customer_id, status, total, currency, version, created_at, updated_at"
LINES = "order_id, product_id, quantity, unit_price"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open a pool as large as the service's."""
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=5, max_size=5)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["id"]),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


@app.get("/v1/products")
async def list_products(limit: int = 20) -> Response:
    """Twenty products."""
    rows = await app.state.pool.fetch(
        f"SELECT {COLUMNS} FROM products WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $1",
        limit + 1,
    )
    body = {"data": [_plain(row) for row in rows[:limit]]}
    return Response(json.dumps(body), media_type="application/json")


@app.get("/v1/products/{product_id}")
async def get_product(product_id: UUID) -> Response:
    """One product."""
    row = await app.state.pool.fetchrow(
        f"SELECT {COLUMNS} FROM products WHERE id = $1 AND deleted_at IS NULL", product_id
    )
    return Response(json.dumps({"data": _plain(row)}), media_type="application/json")


@app.get("/v1/orders")
async def list_orders(customer_id: UUID, limit: int = 20) -> Response:
    """Twenty orders of a customer, with their lines."""
    async with app.state.pool.acquire() as connection:
        rows = await connection.fetch(
            f"SELECT {ORDERS} FROM orders WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
            customer_id,
            limit + 1,
        )
        found = await connection.fetch(
            f"SELECT {LINES} FROM order_lines WHERE order_id = ANY($1) ORDER BY order_id, position",
            [row["id"] for row in rows],
        )
    lines = defaultdict(list)
    for line in found:
        lines[line["order_id"]].append(
            {
                "product_id": str(line["product_id"]),
                "quantity": line["quantity"],
                "unit_price": line["unit_price"],
            }
        )
    data = [{**_plain(row), "customer_id": str(row["customer_id"]), "lines": lines[row["id"]]} for row in rows[:limit]]
    return Response(json.dumps({"data": data}), media_type="application/json")
