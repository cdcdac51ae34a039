"""Orders are placed while kill -9 hits a random process every second; then everything has happened exactly once.

    python -m tests.jobs.kill_nine --queue rq --orders 1000

Renders a service, runs its server, its relay and its workers against a broker and a database, and lets several
customers order over HTTP. One who gets no answer asks again with the same Idempotency-Key. Meanwhile one process after
the other is killed and begun anew: the server, the relay, the workers as a whole, the first of their processes alone,
one that runs jobs, the broker with all that it holds. In the end each order has its confirmation, and none has two.

The customers wait for the kills, so that a fast machine has as many of them as a slow one.

A mail server knows no transaction: a worker that is killed between its answer and the commit sends again. Such a
repetition bears the same Message-ID, by which a mail server or reader knows it; it counts as the same effect, and how
many there were is told. What a job does to the database, it does once without such a proviso: beside the orders, jobs
are asked for that put one piece of a product back, and the pieces are counted.
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.jobs.system import STACKS, Row, System, set_up, until

CUSTOMERS = 4
KILL_EVERY_SECONDS = 1.0
ORDERS_PER_KILL = 25
YOUNG_SECONDS = 3.0
COUNTED_PER_ORDER = 0.2
PATIENCE_SECONDS = 300
ORPHANS_SECONDS = 15
WORKERS = ("workers", "first worker", "worker at work")
VICTIMS = ("server", "relay", *WORKERS, "broker")


@dataclass
class Report:
    """What was done, and what came of it."""

    queue: str
    orders: list[str] = field(default_factory=list)
    counted: int = 0
    counted_pieces: int = 0
    taken_pieces: int = 0
    stored_orders: int = 0
    rows: list[Row] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0
    mails: int = 0
    unique_mails: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    taken_back: int = 0
    orphans: int = 0
    placing_seconds: float = 0.0
    seconds: float = 0.0

    def problems(self) -> list[str]:
        """Every promise that was not kept."""
        unfinished = [row for row in self.rows if row.status != "succeeded"]
        confirmations = sum(row.kind == "orders.send_confirmation" for row in self.rows)
        found = {
            f"{len(self.lost)} orders without a confirmation": bool(self.lost),
            f"{len(self.doubled)} orders with two confirmations": bool(self.doubled),
            f"{len(self.orders)} orders answered, {self.stored_orders} stored": len(self.orders) != self.stored_orders,
            f"{len(self.orders)} orders, {self.taken_pieces} pieces gone": len(self.orders) != self.taken_pieces,
            f"{len(self.orders)} orders, {confirmations} jobs": len(self.orders) != confirmations,
            f"{self.counted} jobs put back {self.counted_pieces} pieces": self.counted != self.counted_pieces,
            f"{len(unfinished)} jobs not done: {unfinished[:3]}": bool(unfinished),
            f"{self.orphans} processes outlived the first of theirs": bool(self.orphans),
        }
        return [words for words, is_so in found.items() if is_so]

    def table(self) -> str:
        """The ledger of the run, for people."""
        by_kind = Counter((row.kind, row.status, row.attempts) for row in self.rows)
        lines = [f"{'kind':<28}{'status':<12}{'attempts':>9}{'jobs':>8}"]
        lines += [
            f"{kind:<28}{status:<12}{attempts:>9}{count:>8}"
            for (kind, status, attempts), count in sorted(by_kind.items())
        ]
        kills = ", ".join(f"{victim} {self.kills[victim]}" for victim in VICTIMS)
        facts = {
            "kill -9": f"{self.kills.total()}: {kills}",
            "orders": f"{len(self.orders)} answered with 201, {self.stored_orders} stored,"
            f" {self.taken_pieces} pieces sold",
            "requests without an answer": f"{self.asked_again}, asked again with the same key",
            "attempts that were lost": f"{self.taken_back}, taken back when their leases had ended",
            "confirmations": f"{self.mails} sent, {self.unique_mails} different Message-IDs,"
            f" {self.mails - self.unique_mails} repetitions",
            "effects in the database": f"{self.counted} jobs, {self.counted_pieces} pieces put back",
            "lost": f"{len(self.lost)} orders without a confirmation",
            "doubled": f"{len(self.doubled)} orders with two",
            "took": f"{self.seconds:.0f} s, {self.placing_seconds:.0f} s of them for placing the orders",
        }
        lines += ["", *(f"{name:<28}{words}" for name, words in facts.items())]
        return "\n".join([f"-- {self.queue}", *lines])


class Killer:
    """Kills a random part of a system every now and then, and begins it anew."""

    def __init__(self, system: System, chance: random.Random) -> None:
        self._system = system
        self._chance = chance
        self._stop = threading.Event()
        self.kills: Counter[str] = Counter()
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="killer")
        self._thread.start()

    def await_kill(self, number: int) -> None:
        """Return when so many have been killed, or nothing can be killed any more."""
        while self.kills.total() < number and self._thread.is_alive():
            time.sleep(0.05)

    def stop(self) -> None:
        """Let everything live from now on."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(KILL_EVERY_SECONDS * self._chance.uniform(0.7, 1.3)):
            try:
                part = self._chance.choice(self._alive())
                self._kill(self._chance.choice(WORKERS) if part == "workers" else part)
            except Exception as problem:
                self.problem = problem
                return

    def _alive(self) -> list[str]:
        """The parts that work. What has only just been begun is let live until it does, or nothing ever would."""
        works = {
            "server": self._system.is_ready(),
            "relay": self._system.age("relay") > YOUNG_SECONDS,
            "workers": len(self._system.members("worker")) > 1,
        }
        return [part for part in ("server", "relay", "workers", "broker") if works.get(part, True)]

    def _kill(self, victim: str) -> None:
        system = self._system
        if victim == "broker":
            system.broker.kill()
            self._stop.wait(self._chance.uniform(0, 1))
            system.broker.start()
        elif victim == "worker at work":
            members = system.members("worker")
            if not members:
                return
            system.kill_process(self._chance.choice(members))
        else:
            part = {"server": "serve", "relay": "relay"}.get(victim, "worker")
            system.kill(part, whole=victim != "first worker")
            system.begin_missing()
        self.kills[victim] += 1


class Customers:
    """Place orders, each until it is answered with 201."""

    def __init__(self, system: System, orders: int) -> None:
        self._system = system
        self._products = [system.new_product(f"RUN-{uuid4().hex[:8]}", orders) for _ in range(CUSTOMERS)]
        self._stock = orders
        self._numbers = iter(range(orders))
        self._shown = system.signed_in()
        self.orders: list[str] = []
        self.asked_again = 0
        self.odd: Counter[int] = Counter()
        self._guard = threading.Lock()

    def work(self, killer: Killer) -> None:
        """Place them all, no more of them between two kills than are meant for it."""
        threads = [
            threading.Thread(target=self._shop, args=(product, killer), daemon=True) for product in self._products
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def taken(self) -> int:
        """How many pieces are gone."""
        return sum(self._stock - self._system.stock(product) for product in self._products)

    def _shop(self, product_id: str, killer: Killer) -> None:
        while (number := self._next()) is not None:
            killer.await_kill(number // ORDERS_PER_KILL)
            key = uuid4().hex
            while (answered := self._system.place(product_id, key, self._shown))[0] != 201:
                with self._guard:
                    self.asked_again += 1
                    self.odd[answered[0]] += 1
                    assert self.asked_again < 100_000, self.odd
                time.sleep(0.1)
            with self._guard:
                self.orders.append(answered[1]["data"]["id"])

    def _next(self) -> int | None:
        with self._guard:
            return next(self._numbers, None)


def run(system: System, queue: str, orders: int, seed: int) -> Report:
    """Order, kill, and look what came of it."""
    report = Report(queue)
    began = time.monotonic()
    system.revive()
    already = len(system.ledger.rows()), system.ledger.count("orders")
    known = set(system.ledger.rows())
    customers = Customers(system, orders)
    counter = system.new_product(f"COUNT-{uuid4().hex[:8]}", 0)
    report.counted = round(orders * COUNTED_PER_ORDER)
    killer = Killer(system, random.Random(seed))
    asked: list[str] = []

    def ask_for_counts() -> None:
        for _ in range(report.counted):
            asked.extend(system.desk.ask("tests.count", product_id=counter))
            # Spread over the time in which orders are placed.
            while len(asked) * orders > (len(customers.orders) + 1) * report.counted:
                time.sleep(0.05)

    counting = threading.Thread(target=ask_for_counts, daemon=True)
    counting.start()
    try:
        customers.work(killer)
        counting.join()
        report.placing_seconds = time.monotonic() - began
    finally:
        killer.stop()
    if killer.problem is not None:
        raise killer.problem
    system.revive()

    def rows() -> list[Row]:
        mine = ("orders.send_confirmation", "tests.count")
        return [row for row in system.ledger.rows().values() if row.id not in known and row.kind in mine]

    def is_quiet() -> bool:
        return all(row.status in {"succeeded", "dead"} for row in rows())

    until(is_quiet, "every job has ended", PATIENCE_SECONDS)
    # A mail that was repeated by mistake would come now.
    time.sleep(2)
    deadline = time.monotonic() + ORPHANS_SECONDS
    while (left := system.orphans()) and time.monotonic() < deadline:
        time.sleep(0.5)
    report.orphans = len(left)
    report.kills = killer.kills
    report.orders = customers.orders
    report.asked_again = customers.asked_again
    report.stored_orders = system.ledger.count("orders") - already[1]
    report.taken_pieces = customers.taken()
    report.counted_pieces = system.stock(counter)
    report.rows = rows()
    report.taken_back = system.count_logged("relay", "job.lost")
    for order_id in customers.orders:
        found = system.mailbox.confirmations(order_id)
        report.mails += len(found)
        report.unique_mails += len(set(found))
        if not found:
            report.lost.append(order_id)
        if len(set(found)) > 1:
            report.doubled.append(order_id)
    report.seconds = time.monotonic() - began
    return report


def main() -> int:
    """Run it, print the ledger, and fail if a promise was not kept."""
    from scripts.render import snapshot

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queue", choices=sorted({name.partition("-")[0] for name in STACKS}), default="celery")
    parser.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    # Whoever ends it by hand leaves no processes and no database behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    queue = f"{options.queue}-{options.broker}"
    if queue not in STACKS:
        parser.error(f"{options.queue} has no {options.broker}")
    with tempfile.TemporaryDirectory() as folder, set_up(snapshot(Path(folder) / "template"), queue) as system:
        print(f"{queue}: {', '.join(STACKS[queue].values())}: {options.orders} orders", flush=True)
        report = run(system, queue, options.orders, options.seed)
    print(report.table())
    for problem in report.problems():
        print(f"NOT KEPT: {problem}")
    return 1 if report.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
