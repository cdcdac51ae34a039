"""What a service does while a part of it is away, is told to stop, or gets another time."""

import signal
import time

from tests.jobs.customer import Customer
from tests.jobs.system import System, until

PURGE = "housekeeping.purge"
DAY_SECONDS = 24 * 3600


class Outages:
    """Nothing is lost, and nobody has to be there."""

    def test_requests_go_on_while_the_broker_is_away_and_the_backlog_drains_afterwards(
        self, system: System, customer: Customer
    ) -> None:
        system.broker.kill()
        orders = [customer.order() for _ in range(10)]
        time.sleep(3)
        meanwhile = customer.rows()
        system.broker.lose()
        system.broker.start()

        customer.done(10)
        assert {row.status for row in meanwhile} == {"queued"}
        assert [len(customer.confirmations(order_id)) for order_id in orders] == [1] * 10
        # The same processes as before.
        assert [process.poll() for process in system.processes.values()] == [None] * 3

    def test_a_worker_that_is_told_to_stop_finishes_what_it_does_and_leaves_the_rest(
        self, system: System, customer: Customer
    ) -> None:
        system.desk.ask("tests.steps", count=2, steps=20, seconds=2.0)
        until(
            lambda: [row.status for row in customer.rows("tests.steps")] == ["running"] * 2,
            "both processes are at work",
        )
        order_id = customer.order()

        status = system.stop("worker")

        assert status == 0
        assert [(row.status, row.attempts) for row in customer.rows("tests.steps")] == [("succeeded", 1)] * 2
        system.revive()
        customer.done(1)
        assert len(customer.confirmations(order_id)) == 1

    def test_the_relay_and_the_server_stop_at_once_when_told_to(self, system: System, customer: Customer) -> None:
        began = time.monotonic()

        assert (system.stop("relay"), system.stop("serve")) == (0, 0)

        assert time.monotonic() - began < 10

    def test_workers_whose_first_process_was_killed_do_not_stay_behind(
        self, system: System, customer: Customer
    ) -> None:
        order_id = customer.order()
        customer.done(1)
        left = system.members("worker")

        system.kill("worker", whole=False)
        system.revive()

        assert len(left) >= 2
        # One that waits for a message notices when the next one comes, or after a minute at the latest.
        customer.done(1 + len([customer.order() for _ in range(6)]))
        until(lambda: not system.orphans(), "the processes of a worker that was killed end by themselves", 75)
        assert len(customer.confirmations(order_id)) == 1

    def test_two_relays_hand_each_job_over_and_ask_once_for_what_is_due(
        self, system: System, customer: Customer
    ) -> None:
        customer.done_before(PURGE)
        second = system.begin("relay")
        orders = [customer.order() for _ in range(10)]
        customer.done(10)
        system.order("schedule-moved-before-commit", "kill")  # and the other one has to ask instead
        already = len(customer.all_rows(PURGE))

        system.move_clock(DAY_SECONDS)

        until(lambda: len(customer.all_rows(PURGE)) > already, "the purge is asked for")
        time.sleep(3)
        # A day of hours was missed, and is made up for once.
        assert len(customer.all_rows(PURGE)) == already + 1
        assert sorted([second.poll(), system.processes["relay"].poll()], key=str) == [-signal.SIGKILL, None]
        assert {len(customer.confirmations(order_id)) for order_id in orders} == {1}
        assert {row.attempts for row in customer.rows()} == {1}
        system.kill_process(second.pid)
        second.wait()
        system.move_clock(0)

    def test_a_clock_that_jumps_there_and_back_repeats_no_effect_and_stops_no_job(
        self, system: System, customer: Customer
    ) -> None:
        began = system.desk.ask("tests.count", product_id=customer.product, count=3)
        system.desk.ask("tests.steps", steps=20, seconds=2.0)
        until(lambda: [row.status for row in customer.rows("tests.steps")] == ["running"], "a job is in the middle")

        system.move_clock(DAY_SECONDS)
        customer.done(1, "tests.steps")
        customer.done(3, "tests.count")
        system.move_clock(0)
        order_id = Customer(system).order()

        until(lambda: len(system.mailbox.confirmations(order_id)) == 1, "an order after that is confirmed")
        assert len(began) == 3
        assert system.stock(customer.product) == 1003
