"""What can be done with products. Every method authorises first and is one unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import AuditLog, audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.conditional import Precondition
from ..core.errors import ErrorDetail, PreconditionFailed
from ..core.identifiers import new_id
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import Product, ProductDetails, ProductNotFound, SkuTaken, new_product

WRITE = "products:write"


class ProductRepository(Protocol):
    """Products in the database."""

    def page(self, request: PageRequest) -> Page[Product]:
        """A page of live products. Sorts: created_at, name, price. Filters: sku, min_stock."""
        ...

    def find(self, product_id: UUID, *, deleted: bool = False) -> Product | None:
        """A live product, or with ``deleted`` one that is live or deleted."""
        ...

    def taken_skus(self, skus: Sequence[str]) -> set[str]:
        """Which of these SKUs live products have."""
        ...

    def add(self, products: Sequence[Product]) -> None:
        """Store new products, in one statement.

        Raises:
            SkuTaken: a live product has one of the SKUs.
        """
        ...

    def update(self, product: Product, *, expected_version: int) -> bool:
        """Store a changed product if its stored version is the expected one; tells whether it was.

        Raises:
            SkuTaken: another live product has the SKU.
        """
        ...


class ProductsWork(Protocol):
    """What the service needs of a unit of work."""

    @property
    def products(self) -> ProductRepository:
        """Products in the database."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The trail of sensitive operations."""
        ...


class ProductService:
    """Use cases of products.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
    """

    def __init__(
        self, *, transactions: Transactions[ProductsWork], policy: Policy, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock

    @use_case("products.list", changes=False, public=True)
    def list_products(self, *, actor: Actor, request: PageRequest) -> Page[Product]:  # noqa: ARG002 - public
        """A page of live products. Public: whoever asks may see them."""
        with self._transactions.reading() as work:
            return work.products.page(request)

    @use_case("products.get", changes=False, public=True)
    def get_product(self, *, actor: Actor, product_id: UUID) -> Product:  # noqa: ARG002 - public
        """One live product. Public.

        Raises:
            ProductNotFound: there is none.
        """
        with self._transactions.reading() as work:
            return _found(work.products.find(product_id))

    @use_case("products.create", changes=True)
    def create_product(self, *, actor: Actor, details: ProductDetails) -> Product:
        """Create a product.

        Raises:
            Forbidden: the actor may not write products.
            SkuTaken: a live product has the SKU.
        """
        authorise(self._policy, actor, WRITE)
        product = new_product(details, identifier=new_id(), now=self._clock.now())
        with self._transactions.writing() as work:
            work.products.add([product])
            _record(work, actor, "products.create", None, product)
        return product

    @use_case("products.create_batch", changes=True)
    def create_products(self, *, actor: Actor, batch: Sequence[ProductDetails]) -> list[Product]:
        """Create several products: all of them, or none. The number of statements does not grow.

        Raises:
            Forbidden: the actor may not write products.
            SkuTaken: a live product, or another one of the batch, has a SKU; the details name each.
        """
        authorise(self._policy, actor, WRITE)
        now = self._clock.now()
        products = [new_product(details, identifier=new_id(), now=now) for details in batch]
        with self._transactions.writing() as work:
            seen = work.products.taken_skus([product.sku for product in products])
            clashes = []
            for index, product in enumerate(products):
                if product.sku in seen:
                    clashes.append(
                        ErrorDetail(f"products.{index}.sku", "taken", "This SKU is taken")
                    )
                seen.add(product.sku)
            if clashes:
                raise SkuTaken("Some SKUs are taken; nothing was created.", details=clashes)
            work.products.add(products)
            work.audit.record(
                audit_entry(
                    "products.create_batch",
                    actor=actor,
                    now=now,
                    subject=("products", None),
                    after={"ids": [product.id for product in products]},
                )
            )
        return products

    @use_case("products.replace", changes=True)
    def replace_product(
        self, *, actor: Actor, product_id: UUID, precondition: Precondition, details: ProductDetails
    ) -> Product:
        """Give a product new details, all of them.

        Raises:
            Forbidden: the actor may not write products.
            ProductNotFound: there is no such live product.
            PreconditionFailed: it has changed since the caller read it.
            SkuTaken: another live product has the SKU.
        """
        authorise(self._policy, actor, WRITE)
        changes = asdict(details)
        return self._change(actor, "products.replace", product_id, precondition, changes)

    @use_case("products.update", changes=True)
    def update_product(
        self,
        *,
        actor: Actor,
        product_id: UUID,
        precondition: Precondition,
        changes: Mapping[str, Any],
    ) -> Product:
        """Change some of a product's details. Errors as with :meth:`replace_product`."""
        authorise(self._policy, actor, WRITE)
        return self._change(actor, "products.update", product_id, precondition, changes)

    @use_case("products.delete", changes=True)
    def delete_product(self, *, actor: Actor, product_id: UUID, precondition: Precondition) -> None:
        """Delete a product; it can be brought back until it is purged.

        Raises:
            Forbidden: the actor may not write products.
            ProductNotFound: there is no such live product.
            PreconditionFailed: it has changed since the caller read it.
        """
        authorise(self._policy, actor, WRITE)
        with self._transactions.writing() as work:
            product = _found(work.products.find(product_id))
            precondition.require(product.version)
            deleted = product.deleted(now=self._clock.now())
            _stored(work.products, deleted, product.version)
            _record(work, actor, "products.delete", product, deleted)

    @use_case("products.restore", changes=True)
    def restore_product(self, *, actor: Actor, product_id: UUID) -> Product:
        """Bring a deleted product back.

        Raises:
            Forbidden: the actor may not write products.
            ProductNotFound: there is no such product.
            NotDeleted: it is live.
            SkuTaken: another product has got its SKU meanwhile.
        """
        authorise(self._policy, actor, WRITE)
        with self._transactions.writing() as work:
            product = _found(work.products.find(product_id, deleted=True))
            restored = product.restored(now=self._clock.now())
            _record(work, actor, "products.restore", product, restored)
            return _stored(work.products, restored, product.version)

    def _change(
        self,
        actor: Actor,
        action: str,
        product_id: UUID,
        precondition: Precondition,
        changes: Mapping[str, Any],
    ) -> Product:
        with self._transactions.writing() as work:
            product = _found(work.products.find(product_id))
            precondition.require(product.version)
            changed = replace(
                product, **changes, version=product.version + 1, updated_at=self._clock.now()
            )
            _record(work, actor, action, product, changed)
            return _stored(work.products, changed, product.version)


def _record(
    work: ProductsWork, actor: Actor, action: str, before: Product | None, after: Product
) -> None:
    work.audit.record(
        audit_entry(
            action,
            actor=actor,
            now=after.updated_at,
            subject=("product", after.id),
            before=before,
            after=after,
        )
    )


def _found(product: Product | None) -> Product:
    if product is None:
        raise ProductNotFound
    return product


def _stored(products: ProductRepository, product: Product, expected_version: int) -> Product:
    """Store a change, unless somebody else stored one since the product was read."""
    if not products.update(product, expected_version=expected_version):
        raise PreconditionFailed
    return product
