"""Products over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from ninja.params.functions import Path

from ..core.envelope import (
    Envelope,
    ListEnvelope,
    Reply,
    batch_reply,
    empty_reply,
    member_reply,
    page_reply,
)
from ..web.dependencies import IdempotencyKey, IfMatch, IfNoneMatch, Request, once
from ..web.openapi import answers
from ..web.responses import respond
from ..web.versioning import V1
from .schemas import ProductBatchIn, ProductIn, ProductOut, ProductPatch, ProductQuery

router = Router(tags=["products"])

ProductId = Annotated[UUID, Path(description="Identifier of the product.")]


@router.get("/products", response=answers(ListEnvelope[ProductOut], 400), summary="List products")
def list_products(request: Request, query: Query[ProductQuery]) -> HttpResponse:
    """A page of the products that are not deleted. Changes nothing."""
    services = request.services
    wanted = services.cursors.page_request("products", query, query.sort)
    page = services.products.list_products(actor=request.actor, request=wanted)
    return respond(page_reply(ProductOut, page, services.cursors))


@router.post(
    "/products",
    response=answers(Envelope[ProductOut], 409, status=201, body=True),
    summary="Create a product",
)
def create_product(
    request: Request, body: ProductIn, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Stores one product. 409 if a product that is not deleted has the SKU."""

    def create() -> Reply:
        products = request.services.products
        product = products.create_product(actor=request.actor, details=body.details())
        return member_reply(ProductOut, product, status=201, location=f"{V1}/products/{product.id}")

    return once(request, idempotency_key, body, create)


@router.post(
    "/product-batches",
    response=answers(ListEnvelope[ProductOut], 409, status=201, body=True),
    summary="Create several products",
)
def create_products(
    request: Request, body: ProductBatchIn, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Stores up to 500 products, all of them or none. 409 names every SKU that is taken."""

    def create() -> Reply:
        products = request.services.products
        batch = [product.details() for product in body.products]
        return batch_reply(ProductOut, products.create_products(actor=request.actor, batch=batch))

    return once(request, idempotency_key, body, create)


@router.get(
    "/products/{product_id}",
    response=answers(Envelope[ProductOut], 404, not_modified=True),
    summary="Read a product",
)
def get_product(
    request: Request, product_id: ProductId, if_none_match: IfNoneMatch = None
) -> HttpResponse:
    """One product that is not deleted. Changes nothing."""
    product = request.services.products.get_product(actor=request.actor, product_id=product_id)
    return respond(member_reply(ProductOut, product, if_none_match=if_none_match))


@router.put(
    "/products/{product_id}",
    response=answers(Envelope[ProductOut], 404, 409, 412, 428, body=True),
    summary="Replace a product",
)
def replace_product(
    request: Request, product_id: ProductId, precondition: IfMatch, body: ProductIn
) -> HttpResponse:
    """Gives the product new details, all of them, and a new version."""
    product = request.services.products.replace_product(
        actor=request.actor,
        product_id=product_id,
        precondition=precondition,
        details=body.details(),
    )
    return respond(member_reply(ProductOut, product))


@router.patch(
    "/products/{product_id}",
    response=answers(Envelope[ProductOut], 404, 409, 412, 428, body=True),
    summary="Change a product",
)
def update_product(
    request: Request, product_id: ProductId, precondition: IfMatch, body: ProductPatch
) -> HttpResponse:
    """Changes the details that are sent, and leaves the others as they are. A new version."""
    product = request.services.products.update_product(
        actor=request.actor,
        product_id=product_id,
        precondition=precondition,
        changes=body.changes(),
    )
    return respond(member_reply(ProductOut, product))


@router.delete(
    "/products/{product_id}",
    response=answers(None, 404, 412, 428, status=204),
    summary="Delete a product",
)
def delete_product(request: Request, product_id: ProductId, precondition: IfMatch) -> HttpResponse:
    """Hides the product and frees its SKU. It can be restored."""
    request.services.products.delete_product(
        actor=request.actor, product_id=product_id, precondition=precondition
    )
    return respond(empty_reply())


@router.post(
    "/products/{product_id}/restoration",
    response=answers(Envelope[ProductOut], 404, 409),
    summary="Restore a product",
)
def restore_product(request: Request, product_id: ProductId) -> HttpResponse:
    """Brings a deleted product back. 409 if it is not deleted, or its SKU has been taken meanwhile."""
    product = request.services.products.restore_product(actor=request.actor, product_id=product_id)
    return respond(member_reply(ProductOut, product))
