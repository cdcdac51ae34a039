"""Orders as a file: asked for over HTTP, written by a job, fetched when it is done."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import BinaryIO, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ValidationError

from ..core.actor import Actor
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.errors import Unavailable
from ..core.jobs import WAITING, Job, JobKind, JobRun, JobStatus, Outbox, new_job
from ..core.pagination import Page, PageRequest, Position, Sort
from ..core.spreadsheets import harmless
from ..core.storage import NoSuchFile, Storage
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import ExportNotFound, ExportNotReady, Order
from .service import READ, READ_ANY

ROWS_AT_ONCE = 500
"""Orders that are in memory at one time, however many there are."""
COLUMNS = (
    "order_id",
    "customer_id",
    "status",
    "total",
    "currency",
    "created_at",
    "product_id",
    "quantity",
    "unit_price",
)
_FIRST = Sort("created_at")
_UNFINISHED = WAITING | {JobStatus.RUNNING}

Status = Literal["pending", "paid", "shipped", "cancelled"]


class ExportIn(BaseModel, extra="forbid", frozen=True):
    """Which orders to export."""

    customer_id: UUID | None
    """Whose; ``None``: everybody's."""
    status: Status | None = None
    """In which state; ``None``: in any."""


EXPORT = JobKind(name="orders.export", payload=ExportIn, time_limit=timedelta(minutes=30))
"""Writes orders into a file: a line for each product in an order."""


class ExportedOrders(Protocol):
    """Orders in the database, as the export sees them."""

    def page(self, request: PageRequest, *, customer_id: UUID | None) -> Page[Order]:
        """A page of orders, of one customer or of all."""
        ...

    def count(self, *, customer_id: UUID | None, status: str | None) -> int:
        """How many there are, of one customer or of all, in one state or in any."""
        ...


class ExportsWork(Protocol):
    """What exports need of a unit of work."""

    @property
    def orders(self) -> ExportedOrders:
        """Orders in the database."""
        ...


class AskingWork(Protocol):
    """What asking for an export, and fetching it, needs of a unit of work."""

    @property
    def jobs(self) -> "FollowedJobs":
        """What is to be done afterwards, and what became of it."""
        ...


class FollowedJobs(Outbox, Protocol):
    """Jobs in the database, as those who ask for exports see them."""

    def find(self, job_id: UUID) -> Job | None:
        """One job."""
        ...


class ExportService:
    """Use cases of exports.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        storage: keeps the files.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[AskingWork],
        policy: Policy,
        clock: Clock,
        storage: Storage,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._storage = storage

    @use_case("orders.request_export", changes=True)
    def request_export(self, *, actor: Actor, status: Status | None = None) -> Job:
        """Ask for a file with the actor's orders, or everybody's if the actor may read any.

        Args:
            actor: who asks.
            status: only orders in this state; ``None``: in any.

        Raises:
            Forbidden: the actor may not read orders.
        """
        authorise(self._policy, actor, READ)
        owner = None if self._policy.allows(actor, READ_ANY) else actor.id
        wanted = ExportIn(customer_id=owner, status=status)
        job = new_job(EXPORT, wanted, actor=actor, now=self._clock.now())
        with self._transactions.writing() as work:
            work.jobs.add(job)
        return job

    @use_case("orders.fetch_export", changes=False)
    def fetch_export(self, *, actor: Actor, job_id: UUID) -> BinaryIO:
        """The file that a job of the actor's has written.

        Raises:
            Forbidden: the actor may not read orders, or no longer those of everybody, which the file holds.
            ExportNotFound: there is no such job of the actor's, it was given up, or its file was removed.
            ExportNotReady: it is not done yet.
        """
        authorise(self._policy, actor, READ)
        with self._transactions.reading() as work:
            job = work.jobs.find(job_id)
        if job is None or job.kind != EXPORT.name or job.actor_id != actor.id:
            raise ExportNotFound
        if _is_of_everybody(job):
            # Roles change, and a key may have fewer permissions than the person who asked.
            authorise(self._policy, actor, READ_ANY)
        if job.status in _UNFINISHED:
            raise ExportNotReady
        try:
            return self._storage.open(file_of(job_id))
        except NoSuchFile as error:
            raise ExportNotFound from error


def _is_of_everybody(job: Job) -> bool:
    """What cannot be read any more (its key is gone) counts as such."""
    try:
        return ExportIn.model_validate_json(job.payload).customer_id is None
    except ValidationError:
        return True


class Exports:
    """Writes the files.

    Args:
        transactions: opens units of work.
        storage: keeps the files.
    """

    def __init__(self, *, transactions: Transactions[ExportsWork], storage: Storage) -> None:
        self._transactions = transactions
        self._storage = storage

    def write(self, payload: ExportIn, run: JobRun) -> dict[str, object]:
        """Write one file, page by page, and tell how far it is. A repetition writes the same file anew."""
        total = self._total(payload)
        written = 0
        with self._storage.writing(file_of(run.job_id)) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            table = csv.writer(text)
            table.writerow(COLUMNS)
            for orders in self._pages(payload):
                for order in orders:
                    table.writerows(map(harmless, _lines(order)))
                written += len(orders)
                # What is placed meanwhile is exported, too, so there may be more than were counted.
                run.progress(0 if total is None else min(99, written * 100 // max(1, total)))
            text.detach()
        return {"file": f"/v1/order-exports/{run.job_id}/file", "orders": written}

    def _total(self, payload: ExportIn) -> int | None:
        """How many there are; ``None`` if they are too many to be counted in the time of a statement."""
        try:
            with self._transactions.reading() as work:
                return work.orders.count(customer_id=payload.customer_id, status=payload.status)
        except Unavailable:
            return None

    def _pages(self, payload: ExportIn) -> Iterator[tuple[Order, ...]]:
        filters: Mapping[str, str] = {} if payload.status is None else {"status": payload.status}
        position: Position | None = None
        while True:
            request = PageRequest("order-exports", ROWS_AT_ONCE, _FIRST, filters, position)
            with self._transactions.reading() as work:
                page = work.orders.page(request, customer_id=payload.customer_id)
            if page.items:
                yield page.items
            if page.next_position is None:
                return
            position = page.next_position


def file_of(job_id: UUID) -> str:
    """Name of the file that a job writes."""
    return f"order-exports/{job_id}.csv"


def _lines(order: Order) -> Iterator[tuple[object, ...]]:
    facts = (
        order.id,
        order.customer_id,
        order.status.value,
        order.total,
        order.currency,
        order.created_at.isoformat(),
    )
    for line in order.lines:
        yield (*facts, line.product_id, line.quantity, line.unit_price)
