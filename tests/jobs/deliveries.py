"""What a broker may do to messages, and what may be in the table."""

import time
from uuid import uuid4

from tests.jobs.customer import Customer
from tests.jobs.system import System, until


class Deliveries:
    """The broker carries ids, and nothing hangs on when, how often or in which order."""

    def test_a_request_that_is_rolled_back_sends_nothing(self, system: System, customer: Customer) -> None:
        system.order("request-before-commit", "raise")

        assert customer.try_once("rolled-back") == 500
        assert customer.try_once("too-many", quantity=5000) == 409

        time.sleep(1)
        assert customer.rows() == []
        assert system.stock(customer.product) == 1000

    def test_ids_that_come_often_mixed_up_and_out_of_nowhere_have_one_effect_each(
        self, system: System, customer: Customer
    ) -> None:
        ids = system.desk.ask("tests.count", count=8, product_id=customer.product)
        strangers = [str(uuid4()) for _ in range(8)]

        system.desk.send([*reversed(ids), *strangers, *ids])
        customer.done(8, "tests.count")
        system.desk.send([*ids, *reversed(ids)])
        order_id = customer.order()
        customer.done(1)

        assert len(customer.confirmations(order_id)) == 1
        assert system.stock(customer.product) == 1000 + 8 - 1
        assert {row.attempts for row in customer.rows("tests.count")} == {1}

    def test_jobs_with_one_key_are_one_job(self, system: System, customer: Customer) -> None:
        system.desk.ask("tests.count", count=5, key=uuid4().hex, product_id=customer.product)

        customer.done(1, "tests.count")
        time.sleep(0.5)

        assert len(customer.rows("tests.count")) == 1
        assert system.stock(customer.product) == 1001

    def test_payloads_that_nobody_can_read_are_given_up_and_hold_up_nobody(
        self, system: System, customer: Customer
    ) -> None:
        garbage = system.desk.raw("tests.nothing", "\u2603 not { json")
        missing = system.desk.raw("orders.send_confirmation", "{}")
        order_id = customer.order()

        customer.done(1)
        until(lambda: system.ledger.rows()[missing].status == "dead", "the job is given up")
        rows = system.ledger.rows()
        assert len(customer.confirmations(order_id)) == 1
        assert (rows[garbage].status, rows[garbage].attempts) == ("dead", 1)
        assert rows[garbage].error == "the payload does not fit: payload"
        # An older release knew of no order_id.
        assert (rows[missing].status, rows[missing].error) == ("dead", "the payload does not fit: order_id")

    def test_a_row_that_was_tampered_with_is_given_up(self, system: System, customer: Customer) -> None:
        system.kill("relay")
        spoilt = system.desk.ask("tests.count", product_id=customer.product)[0]
        assert system.ledger.change("UPDATE jobs SET payload = ? WHERE status = ?", "garbage", "queued") == 1
        system.revive()

        until(lambda: system.ledger.rows()[spoilt].status == "dead", "the job is given up")
        assert system.stock(customer.product) == 1000

    def test_a_job_of_another_release_waits_for_it_and_holds_up_nobody(
        self, system: System, customer: Customer
    ) -> None:
        unknown = system.desk.raw("orders.gone", "{}")
        order_id = customer.order()

        customer.done(1)
        until(lambda: system.ledger.rows()[unknown].attempts >= 2, "it is tried again")
        row = system.ledger.rows()[unknown]
        assert len(customer.confirmations(order_id)) == 1
        assert row.error == "no kind of job is called orders.gone in this release"
        assert row.status in {"failed", "running"}
