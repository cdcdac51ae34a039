"""Somebody who places orders, and looks what comes of them."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.jobs.system import Row, System, until

CONFIRMATION = "orders.send_confirmation"


class Customer:
    """Buys one product; asks again with the same key where there was no answer."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._beside = ThreadPoolExecutor(1)
        self._known = set(system.ledger.rows())
        self._shown = system.signed_in()
        self.product = system.new_product(f"CUP-{uuid4().hex[:8]}", 1000)

    def order(self, key: str = "") -> str:
        """Place an order; its id."""
        key = key or uuid4().hex

        def answer() -> Any:
            status, answer = self._system.place(self.product, key, self._shown)
            return answer if status == 201 else None

        return str(until(answer, "an order is answered with 201")["data"]["id"])

    def begin_order(self, key: str) -> "Future[str]":
        """Place an order without waiting for the answer."""
        return self._beside.submit(self.order, key)

    def try_once(self, key: str, quantity: int = 1) -> int:
        """The status of a single request; 0 if nobody answered."""
        return self._system.place(self.product, key, self._shown, quantity)[0]

    def rows(self, kind: str = CONFIRMATION) -> list[Row]:
        """The jobs of a kind that have come since."""
        return [row for row in self._system.ledger.rows().values() if row.id not in self._known and row.kind == kind]

    def all_rows(self, kind: str) -> list[Row]:
        """The jobs of a kind, however old."""
        return [row for row in self._system.ledger.rows().values() if row.kind == kind]

    def done_before(self, kind: str) -> None:
        """Wait until there is a job of a kind, and none that has not ended."""

        def ended() -> bool:
            found = {row.status for row in self.all_rows(kind)}
            return bool(found) and found <= {"succeeded", "dead"}

        until(ended, f"the jobs {kind} end")

    def done(self, count: int, kind: str = CONFIRMATION) -> list[Row]:
        """Wait until so many jobs of a kind have succeeded."""

        def found() -> list[Row]:
            done = [row for row in self.rows(kind) if row.status == "succeeded"]
            return done if len(done) >= count else []

        return until(found, lambda: f"{count} jobs {kind} succeed: {self.rows(kind)}")

    def confirmations(self, order_id: str) -> list[str]:
        """The Message-IDs of all mail about an order, once no more can come of an attempt that was given up."""
        time.sleep(0.3)
        return self._system.mailbox.confirmations(order_id)
