"""What happens inside of workers, with real time."""

from tests.jobs.customer import Customer
from tests.jobs.kill_nine import ORDERS_PER_KILL, run
from tests.jobs.system import LEASE_SECONDS, System, until


class Work:
    """Long jobs, jobs without an end, and many jobs."""

    ORDERS: int
    STACK: str

    def test_a_job_that_is_longer_than_its_lease_is_seen_growing_and_tried_once(
        self, system: System, customer: Customer
    ) -> None:
        system.desk.ask("tests.steps", steps=50, seconds=LEASE_SECONDS * 1.5)
        seen: set[int] = set()

        def is_done() -> bool:
            found = customer.rows("tests.steps")
            seen.update(row.progress for row in found)
            return [row.status for row in found] == ["succeeded"]

        until(is_done, "the job succeeds")
        (job,) = customer.rows("tests.steps")
        assert (job.attempts, job.progress) == (1, 100)
        assert len(seen) > 5

    def test_a_job_over_its_time_limit_is_ended_and_its_worker_goes_on(
        self, system: System, customer: Customer
    ) -> None:
        before = system.members("worker")
        (job_id,) = system.desk.ask("tests.endless")

        until(lambda: system.ledger.rows()[job_id].status == "dead", "the job is given up")

        job = system.ledger.rows()[job_id]
        assert (job.attempts, job.error) == (2, "TimeLimitExceeded")
        assert system.members("worker") == before

    def test_a_job_that_does_not_heed_its_limit_costs_its_process_and_nothing_else(
        self, system: System, customer: Customer
    ) -> None:
        before = system.members("worker")
        (job_id,) = system.desk.ask("tests.stubborn")
        order_id = customer.order()

        customer.done(1)
        until(lambda: system.ledger.rows()[job_id].status == "dead", "the job is given up")

        assert len(customer.confirmations(order_id)) == 1
        job = system.ledger.rows()[job_id]
        assert (job.attempts, job.error) == (2, "its worker is gone")
        assert system.processes["worker"].poll() is None
        assert set(system.members("worker")) != set(before)

    def test_under_a_rain_of_kills_no_order_loses_its_confirmation_and_none_gets_two(self, system: System) -> None:
        report = run(system, self.STACK, self.ORDERS, seed=9)

        print(report.table())
        assert report.problems() == []
        assert report.kills.total() >= (self.ORDERS - 1) // ORDERS_PER_KILL
