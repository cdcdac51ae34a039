"""The yardstick: FastAPI, asyncpg and hand-written SQL, with nothing around them.

Answers the two requests that `compare.py` measures, from the same tables as the rendered service.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Response

COLUMNS = "id, sku, name, price, currency, stock, version, created_at, updated_at"


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
