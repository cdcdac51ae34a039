"""Products over HTTP. A handler parses, calls one service and replies."""

from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import Field

from ..core.envelope import (
    Envelope,
    ListEnvelope,
    Reply,
    batch_reply,
    empty_reply,
    member_reply,
    page_reply,
)
from ..core.openapi import answers
from ..web.dependencies import CurrentActor, IfMatch, IfNoneMatch, Once, Services
from ..web.responses import respond
from ..web.routing import Router
from ..web.versioning import V1
from .schemas import ProductBatchIn, ProductIn, ProductOut, ProductPatch, ProductQuery

router = Router("products", prefix=V1)

ProductId = Annotated[UUID, Field(description="Identifier of the product.")]


@router.get(
    "/products",
    response_model=ListEnvelope[ProductOut],
    responses=answers(400),
    summary="List products",
)
def list_products(query: ProductQuery, services: Services, actor: CurrentActor) -> Response:
    """A page of the products that are not deleted. Changes nothing."""
    request = services.cursors.page_request("products", query, query.sort)
    page = services.products.list_products(actor=actor, request=request)
    return respond(page_reply(ProductOut, page, services.cursors))


@router.post(
    "/products",
    status_code=201,
    response_model=Envelope[ProductOut],
    responses=answers(409, body=True),
    summary="Create a product",
)
def create_product(
    body: ProductIn, services: Services, actor: CurrentActor, once: Once
) -> Response:
    """Stores one product. 409 if a product that is not deleted has the SKU."""

    def create() -> Reply:
        product = services.products.create_product(actor=actor, details=body.details())
        return member_reply(ProductOut, product, status=201, location=f"{V1}/products/{product.id}")

    return once(body, create)


@router.post(
    "/product-batches",
    status_code=201,
    response_model=ListEnvelope[ProductOut],
    responses=answers(409, body=True),
    summary="Create several products",
)
def create_products(
    body: ProductBatchIn, services: Services, actor: CurrentActor, once: Once
) -> Response:
    """Stores up to 500 products, all of them or none. 409 names every SKU that is taken."""

    def create() -> Reply:
        batch = [product.details() for product in body.products]
        return batch_reply(ProductOut, services.products.create_products(actor=actor, batch=batch))

    return once(body, create)


@router.get(
    "/products/<product_id>",
    response_model=Envelope[ProductOut],
    responses=answers(404, not_modified=True),
    summary="Read a product",
)
def get_product(
    product_id: ProductId,
    services: Services,
    actor: CurrentActor,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One product that is not deleted. Changes nothing."""
    product = services.products.get_product(actor=actor, product_id=product_id)
    return respond(member_reply(ProductOut, product, if_none_match=if_none_match))


@router.put(
    "/products/<product_id>",
    response_model=Envelope[ProductOut],
    responses=answers(404, 409, 412, 428, body=True),
    summary="Replace a product",
)
def replace_product(
    product_id: ProductId,
    body: ProductIn,
    precondition: IfMatch,
    services: Services,
    actor: CurrentActor,
) -> Response:
    """Gives the product new details, all of them, and a new version."""
    product = services.products.replace_product(
        actor=actor, product_id=product_id, precondition=precondition, details=body.details()
    )
    return respond(member_reply(ProductOut, product))


@router.patch(
    "/products/<product_id>",
    response_model=Envelope[ProductOut],
    responses=answers(404, 409, 412, 428, body=True),
    summary="Change a product",
)
def update_product(
    product_id: ProductId,
    body: ProductPatch,
    precondition: IfMatch,
    services: Services,
    actor: CurrentActor,
) -> Response:
    """Changes the details that are sent, and leaves the others as they are. A new version."""
    product = services.products.update_product(
        actor=actor, product_id=product_id, precondition=precondition, changes=body.changes()
    )
    return respond(member_reply(ProductOut, product))


@router.delete(
    "/products/<product_id>",
    status_code=204,
    responses=answers(404, 412, 428),
    summary="Delete a product",
)
def delete_product(
    product_id: ProductId, precondition: IfMatch, services: Services, actor: CurrentActor
) -> Response:
    """Hides the product and frees its SKU. It can be restored."""
    services.products.delete_product(actor=actor, product_id=product_id, precondition=precondition)
    return respond(empty_reply())


@router.post(
    "/products/<product_id>/restoration",
    response_model=Envelope[ProductOut],
    responses=answers(404, 409),
    summary="Restore a product",
)
def restore_product(product_id: ProductId, services: Services, actor: CurrentActor) -> Response:
    """Brings a deleted product back. 409 if it is not deleted, or its SKU has been taken meanwhile."""
    product = services.products.restore_product(actor=actor, product_id=product_id)
    return respond(member_reply(ProductOut, product))
