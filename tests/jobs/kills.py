"""kill -9 at each step between a request and the acknowledgement of its job: one order, one confirmation.

The numbers are what the design promises for the step, not only that it ends well: how many attempts it took, and
whether mail was repeated.
"""

import pytest

from tests.jobs.customer import Customer
from tests.jobs.system import System

# Step at which a process kills itself: attempts that it takes in all, mails with the one Message-ID.
STEPS = {
    "request-before-commit": (1, 1),
    "request-after-commit": (1, 1),
    "relay-before-sending": (1, 1),
    "relay-after-sending": (1, 1),
    "relay-before-commit": (1, 1),
    "relay-after-commit": (1, 1),
    "worker-before-beginning": (1, 1),
    "worker-begun-before-commit": (1, 1),
    "worker-begun": (2, 1),
    "job-before-effect": (2, 1),
    "job-after-effect": (2, 2),
    "end-before-commit": (2, 2),
    "end-after-commit": (1, 1),
}
# Where there is something to lose when the broker dies.
BROKER_STEPS = (
    "request-after-commit",
    "relay-before-sending",
    "relay-before-commit",
    "worker-begun",
    "job-after-effect",
)


class Kills:
    """What kill -9 leaves behind."""

    @pytest.mark.parametrize("step", STEPS)
    def test_a_process_that_is_killed_at_a_step_neither_loses_nor_repeats(
        self, system: System, customer: Customer, step: str
    ) -> None:
        attempts, mails = STEPS[step]
        system.order(step, "kill")
        placed = customer.begin_order(f"order-{customer.product}")

        system.wait_for(step, killed=True)
        system.revive()

        order_id = placed.result(timeout=60)

        (job,) = customer.done(1)
        assert job.attempts == attempts
        confirmations = customer.confirmations(order_id)
        assert len(set(confirmations)) == 1
        assert len(confirmations) == mails
        assert len(customer.rows()) == 1
        assert system.stock(customer.product) == 999

    @pytest.mark.parametrize("step", ["job-before-effect", "job-after-effect"])
    def test_workers_that_are_killed_as_a_whole_in_the_middle_of_a_job_are_replaced(
        self, system: System, customer: Customer, step: str
    ) -> None:
        system.order(step, "pause")
        order_id = customer.order()
        system.wait_for(step)

        system.kill("worker")
        system.revive()

        (job,) = customer.done(1)
        assert job.attempts == 2
        assert len(set(customer.confirmations(order_id))) == 1

    def test_the_relay_dies_while_it_takes_a_lost_job_back(self, system: System, customer: Customer) -> None:
        system.order("worker-begun", "kill")
        system.order("taking-back-before-commit", "kill")

        order_id = customer.order()
        system.wait_for("taking-back-before-commit", killed=True)
        system.revive()

        (job,) = customer.done(1)
        assert (job.attempts, len(customer.confirmations(order_id))) == (2, 1)

    @pytest.mark.parametrize("step", BROKER_STEPS)
    def test_a_broker_that_dies_at_a_step_and_forgets_everything_takes_no_job_with_it(
        self, system: System, customer: Customer, step: str
    ) -> None:
        system.order(step, "pause")
        key = "broker" + step
        # At the first step it is the customer who is kept waiting.
        placed = customer.begin_order(key)
        system.wait_for(step)

        system.broker.kill()
        system.go_on(step)
        system.broker.lose()
        system.broker.start()

        order_id = placed.result(timeout=60)
        (job,) = customer.done(1)
        assert job.attempts == 1
        assert len(customer.confirmations(order_id)) == 1
