"""What every rendered service has to keep, whatever was answered: tried with services that run in full.

They are few, and yet each framework meets each database, each Python, each queue with its broker, and the absence of
the sample (`matrix.pairwise`). A choice that is added to a question adds the services it needs. One of each framework
runs every test that it has; the others those in which their answers meet (`meeting`).
"""

import itertools
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from tests.jobs.brokers import open_broker
from tests.render import matrix
from tests.rules.ledger import assert_ledger
from tests.services import running
from tests.services.running import Service, ask, exchange

# All tests of a service are one test here; a busy machine may take longer than the one test of any other kind.
pytestmark = pytest.mark.timeout(35 * 60)

ADMIN: dict[str, Any] = {"email": "anne@example.com", "password": "only for tests: a long passphrase"}
PRODUCT = {"sku": "MUG-BLUE-01", "name": "Blue mug", "price": 1250, "currency": "EUR", "stock": 40}
FRAMEWORKS: dict[str, dict[str, Any]] = yaml.safe_load((matrix.ROOT / "facts" / "frameworks.yml").read_text("utf-8"))
# What they differ in besides, so that each of these is set up for real once.
LICENSES = matrix.choices("license")
# Tests that need a broker and no database.
OF_BROKERS = "tests/integration/core/test_broker.py"
# What only one way to stay signed in can prove.
BY_AUTH = {"jwt": ["AUTH-02"], "session": ["AUTH-12"]}


def plan() -> Iterator[dict[str, Any]]:
    """The services, those with the most tests first: what comes last should not be what takes longest."""
    chosen = sorted(matrix.pairwise(matrix.STACK), key=lambda answers: not answers["sample"])
    for number, answers in enumerate(chosen):
        ci = "github" if answers["sample"] else "none"
        yield {**answers, "ci": ci, "license": LICENSES[number % len(LICENSES)]}


def name_of(answers: dict[str, Any]) -> str:
    """A short name for reports and folders."""
    auth = "" if answers["auth"] == "jwt" else f"-{answers['auth']}"
    broker = f"-{answers['broker']}" if answers["task_queue"] == "celery" else ""
    return f"{running.name_of(answers)}{auth}-{answers['task_queue']}{broker}" + ("" if answers["sample"] else "-bare")


def run_in_full() -> list[dict[str, Any]]:
    """The services that run every test: the first of each framework with the sample."""
    found: dict[str, dict[str, Any]] = {}
    for answers in plan():
        if answers["sample"]:
            found.setdefault(answers["framework"], answers)
    return list(found.values())


def services() -> list[dict[str, Any]]:
    """Every service, those that run every test first."""
    return sorted(plan(), key=lambda answers: answers not in run_in_full())


def persistence(answers: dict[str, Any]) -> str:
    """The layer that speaks to the database, which frameworks may share."""
    return str(FRAMEWORKS[answers["framework"]]["persistence"])


def on_database(answers: dict[str, Any]) -> set[tuple[str, object]]:
    """What meets in the tests on a database: frameworks have no part in them."""
    return {(persistence(answers), answers["database"]), (persistence(answers), answers["sample"])}


def meeting(answers: dict[str, Any]) -> list[str]:
    """The tests of a service in which its answers meet, less those in which no others meet than in one before it.

    Of the framework all, over HTTP with the sample, which says most there; on the database, and on the broker.
    """
    before = list(itertools.takewhile(lambda one: one != answers, services()))
    queue = (answers["task_queue"], answers["broker"])
    new_queue = queue[0] != "none" and all(queue != (one["task_queue"], one["broker"]) for one in before)
    if on_database(answers) <= set().union(*map(on_database, before)):
        chosen = ["tests/integration/web", *([OF_BROKERS] if new_queue else [])]
    else:
        chosen = ["tests/integration", *([] if new_queue else [f"--ignore={OF_BROKERS}"])]
    return [*chosen, *(["tests/blackbox"] if answers["sample"] else [])]


@pytest.fixture(scope="class")
def answers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The answers of the service at hand."""
    chosen: dict[str, Any] = request.cls.ANSWERS
    return {**chosen, "python_version": running.python(chosen["python_version"])}


@pytest.fixture(scope="class")
def service(answers: dict[str, Any], template: Path) -> Iterator[Service]:
    """The service at hand, set up by its hooks."""
    with ExitStack() as stack:
        variables: dict[str, str] = {}
        # A server of its own kind where the engine comes with none; the bare one on PostgreSQL tries a server, too.
        on_server = answers["database"] == "mysql" or (
            answers["database"] == "postgresql" and not answers["sample"] and running.answers("postgresql")
        )
        if on_server:
            url = stack.enter_context(running.own_database(answers["database"]))
            variables = {"DATABASE_URL": url, "TEST_DATABASE_URL": url}
        # Redis comes out of a wheel, this one does not.
        if (answers["task_queue"], answers["broker"]) == ("celery", "rabbitmq"):
            variables["TEST_JOBS_BROKER_URL"] = stack.enter_context(open_broker("rabbitmq")).url
        yield stack.enter_context(running.set_up(template, name_of(answers), variables, **answers))


def coverage(output: str) -> str:
    """The share of statements that the tests ran, as the report of a run gives it."""
    found = re.search(r"^TOTAL\b.* (\d+(?:\.\d+)?%)$", output, re.MULTILINE)
    assert found, "the tests measured nothing"
    return found[1]


def signed_in(base: str, auth: str) -> dict[str, str]:
    """The headers that show that the administrator has signed in."""
    if auth == "jwt":
        status, answer = ask(f"{base}/v1/auth/tokens", ADMIN)
        assert status == 201
        return {"Authorization": f"Bearer {answer['data']['access_token']}"}
    status, answer, cookies = exchange(f"{base}/v1/auth/sessions", ADMIN)
    assert status == 201
    return {"Cookie": cookies[0].partition(";")[0], "X_CSRF_Token": answer["data"]["csrf_token"]}


class Promises:
    """The tests of one service, which run in one process after one another: a subclass for each has its answers."""

    ANSWERS: ClassVar[dict[str, Any]]

    def test_its_hooks_left_a_repository_that_is_whole(self, service: Service) -> None:
        assert service.uncommitted() == ""
        assert service.run("git", "log", "--oneline").output.count("\n") == 1
        for name in ("uv.lock", ".env", ".venv"):
            assert (service.root / name).exists(), name

    def test_its_own_checks_pass(self, service: Service) -> None:
        checked = service.make("check")

        assert checked.status == 0, checked.tail()

    def test_it_starts_and_answers(self, service: Service, answers: dict[str, Any]) -> None:
        with service.running() as base:
            assert ask(f"{base}/health/live")[0] == 200
            assert ask(f"{base}/v1/nowhere")[0] == 404
            status, document = ask(f"{base}/openapi.json")
            assert status == 200
            # tests/render asserts that this file is the same for every framework.
            assert document == json.loads((service.root / "openapi" / "v1.json").read_text(encoding="utf-8"))
            appointed = service.run("make", "admin", f"EMAIL={ADMIN['email']}", ADMIN_PASSWORD=ADMIN["password"])
            assert appointed.status == 0, appointed.tail()
            shown = signed_in(base, answers["auth"])
            status, users = ask(f"{base}/v1/users", None, **shown)
            assert (status, [user["email"] for user in users["data"]]) == (200, [ADMIN["email"]])
            if answers["sample"]:
                status, created = ask(f"{base}/v1/products", PRODUCT, Idempotency_Key="one", **shown)
                assert status == 201
                status, read = ask(f"{base}/v1/products/{created['data']['id']}")
                assert (status, read["data"]) == (200, created["data"])

    def test_afterwards_nothing_waits_to_be_committed(self, service: Service) -> None:
        assert service.uncommitted() == ""


class PromisesInFull(Promises):
    """With every test that the service has, and with what it says of its rules."""

    def test_its_own_tests_pass(self, service: Service, record_property: Callable[[str, object], None]) -> None:
        tested = service.make("test")

        assert tested.status == 0, tested.tail()
        assert re.search(r"= \d+ passed in ", tested.output), f"not one, or not only passed: {tested.tail()}"
        suites = [case.get("classname", "") for case in ElementTree.parse(service.report).iter("testcase")]
        record_property(
            "service",
            {
                "name": service.root.name,
                "tests": len(suites),
                "black box": sum(suite.startswith("tests.blackbox.") for suite in suites),
                "seconds": round(tested.seconds),
                "coverage": coverage(tested.output),
            },
        )

    def test_its_ledger_proves_what_is_claimed(self, service: Service, answers: dict[str, Any]) -> None:
        assert service.make("check").status == 0
        assert service.make("test").status == 0
        default = all(answers[name] == matrix.default(name) for name in matrix.STACK if name != "python_version")

        ledger = assert_ledger(service.root, default=default)

        proven = sum(rule["status"] == "proven" for rule in ledger["rules"])
        print(f"{service.root.name}: {proven} rules proven")
        if default:
            assert proven >= 90
        status = {rule["id"]: rule["status"] for rule in ledger["rules"]}
        assert {name: status[name] for name in BY_AUTH[answers["auth"]]} == dict.fromkeys(
            BY_AUTH[answers["auth"]], "proven"
        )
        assert service.run("make", "rules").status == 0


class PromisesWhereAnswersMeet(Promises):
    """With the tests of what depends on several answers at once."""

    def test_its_own_tests_pass(
        self, service: Service, answers: dict[str, Any], record_property: Callable[[str, object], None]
    ) -> None:
        chosen = meeting(answers)
        tested = service.run(".venv/bin/python", "-m", "pytest", "-q", "--no-cov", *chosen)

        assert tested.status == 0, tested.tail()
        passed = re.search(r"^(\d+) passed in ", tested.output, re.MULTILINE)
        assert passed, f"not one, or not only passed: {tested.tail()}"
        record_property(
            "service", {"name": service.root.name, "tests": int(passed[1]), "seconds": round(tested.seconds)}
        )


for _answers in services():
    _name = "Test" + "".join(word.capitalize() for word in name_of(_answers).replace(".", "").split("-"))
    _promises = PromisesInFull if _answers in run_in_full() else PromisesWhereAnswersMeet
    globals()[_name] = type(_name, (_promises,), {"ANSWERS": _answers, "__module__": __name__})
