"""Runs a part of a rendered service, hurried up and with points at which it can be killed or held up.

    .venv/bin/python launcher.py PACKAGE serve|relay|worker|desk

It is run by the service's own Python and in its folder, so it imports nothing of the template's. What it changes is in
memory only, and is little: leases and rests are short, the clock can be moved by a file, tests have kinds of jobs of
their own besides those of the service, events are not announced, and the steps on the way of a job look for a file that
bears their name (`POINTS`). A test writes `kill`, `pause` or `raise` into it; the first process that gets to the step
takes the file away and obeys.

`desk` asks for jobs and talks to the broker as the service does, as lines of JSON on its standard input say.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from importlib import import_module as module_of
from pathlib import Path
from typing import Any
from uuid import UUID

FOLDER = Path(os.environ["JOBS_POINTS"])
LEASE = timedelta(seconds=float(os.environ.get("JOBS_LEASE", "3")))
PATIENCE = timedelta(seconds=float(os.environ.get("JOBS_PATIENCE", "3")))
HURRY = 10
"""Rests after a failed attempt are so many times shorter."""
GRACE_SECONDS = 1.0
PAUSE_SECONDS = 0.02

# Steps on the way of a job, in their order: name, whose, method, and when the point is passed. "committed": as soon as
# the transaction in which it was called is.
POINTS = (
    ("request-before-commit", "repository", "add", "after"),
    ("request-after-commit", "repository", "add", "committed"),
    ("relay-before-sending", "repository", "to_hand_over", "found"),
    ("relay-after-sending", "repository", "handed_over", "before"),
    ("relay-before-commit", "repository", "handed_over", "after"),
    ("relay-after-commit", "repository", "handed_over", "committed"),
    ("worker-before-beginning", "repository", "begin", "before"),
    ("worker-begun-before-commit", "repository", "begin", "after"),
    ("worker-begun", "repository", "begin", "committed"),
    ("job-before-effect", "mailer", "send", "before"),
    ("job-after-effect", "mailer", "send", "after"),
    ("end-before-commit", "repository", "succeed", "after"),
    ("end-after-commit", "repository", "succeed", "committed"),
    ("taking-back-before-commit", "repository", "lost", "found"),
    ("schedule-moved-before-commit", "schedules", "move", "after"),
)


def import_module(name: str) -> Any:
    """A module of the service, of which nothing is known here."""
    return module_of(name)


class Planted(Exception):
    """An error that a test asked for."""


def reach(point: str) -> None:
    """Obey what a test has written about this point, if it has, and if no other process has done so already."""
    order = FOLDER / point
    reached = FOLDER / f"{point}.reached"
    try:
        wanted = order.read_text(encoding="utf-8")
        order.rename(reached)
    except FileNotFoundError:
        return
    reached.write_text(str(os.getpid()), encoding="utf-8")
    if wanted == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if wanted == "raise":
        raise Planted(point)
    while not (FOLDER / f"{point}.go").exists():
        time.sleep(PAUSE_SECONDS)


class Commits:
    """Points that are passed when the outermost transaction of a thread has been committed."""

    def __init__(self, database: Any) -> None:
        self._pending: ContextVar[list[str] | None] = ContextVar("pending", default=None)
        begun = database.writing

        @contextmanager
        def writing(opened: Any) -> Iterator[Any]:
            if self._pending.get() is not None:
                with begun(opened) as work:
                    yield work
                return
            pending: list[str] = []
            token = self._pending.set(pending)
            try:
                with begun(opened) as work:
                    yield work
            finally:
                self._pending.reset(token)
            for point in pending:
                reach(point)

        database.writing = writing

    def note(self, point: str) -> None:
        """The point is passed after the commit, if there is one."""
        pending = self._pending.get()
        if pending is not None:
            pending.append(point)


def plant(owner: Any, method: str, point: str, when: str, commits: Commits) -> None:
    """Have a method pass a point."""
    original = getattr(owner, method)

    @wraps(original)
    def passing(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            reach(point)
        result = original(*arguments, **named)
        if when == "after" or (when == "found" and result):
            reach(point)
        if when == "committed":
            commits.note(point)
        return result

    setattr(owner, method, passing)


def plant_all(package: str) -> None:
    """Have every step pass its point."""
    persistence = import_module(f"{package}.persistence")
    owners = {
        "repository": persistence.SqlJobRepository,
        "schedules": persistence.SqlScheduleStore,
        "mailer": import_module(f"{package}.core.mail").SmtpMailer,
    }
    commits = Commits(import_module(f"{package}.core.database").Database)
    for point, owner, method, when in POINTS:
        plant(owners[owner], method, point, when, commits)


def announce_nothing(package: str) -> None:
    """Nobody subscribes to events here, and the jobs that announce them would reach points that others are meant to."""
    repository = import_module(f"{package}.persistence").SqlJobRepository
    original = repository.add

    def add(own: Any, job: Any) -> None:
        if job.kind != "webhooks.announce":
            original(own, job)

    repository.add = add


def move_clock(package: str) -> None:
    """Let the file `clock` say by how many seconds this machine's clock is ahead."""
    clock = import_module(f"{package}.core.clock").SystemClock
    moved = FOLDER / "clock"

    def now(_: Any) -> datetime:
        try:
            ahead = float(moved.read_text(encoding="utf-8") or 0)
        except FileNotFoundError:
            ahead = 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead)

    clock.now = now


def hurry(package: str) -> None:
    """Shorten leases, patience and rests."""
    background = import_module(f"{package}.background")
    jobs = import_module(f"{package}.core.jobs")
    relay = import_module(f"{package}.core.job_relay")
    runner = import_module(f"{package}.core.job_runner")
    background.JobRunner = partial(runner.JobRunner, timing=runner.Timing(lease=LEASE, grace_seconds=GRACE_SECONDS))
    # The relay tells of a job again ever more rarely, up to a point: here that comes sooner.
    relay._MOST_DOUBLINGS = 4
    pace = relay.Pace(patience=PATIENCE, rest_seconds=0.3, look_around_seconds=0.5)
    background.JobRelay = partial(relay.JobRelay, pace=pace)
    rest = jobs.RetryPolicy.rest
    jobs.RetryPolicy.rest = lambda policy, attempt, chance: rest(policy, attempt, chance) / HURRY


def add_kinds(package: str) -> None:
    """Kinds of jobs that do what the tests need."""
    background = import_module(f"{package}.background")
    jobs = import_module(f"{package}.core.jobs")
    from pydantic import BaseModel

    class In(BaseModel, extra="forbid"):
        pass

    class CountIn(In):
        product_id: UUID

    class StepsIn(In):
        steps: int
        seconds: float

    twice = jobs.RetryPolicy(attempts=2)
    count = jobs.JobKind(name="tests.count", payload=CountIn)
    steps = jobs.JobKind(name="tests.steps", payload=StepsIn)
    nothing = jobs.JobKind(name="tests.nothing", payload=In)
    endless = jobs.JobKind(name="tests.endless", payload=In, time_limit=timedelta(seconds=1), retry=twice)
    stubborn = jobs.JobKind(name="tests.stubborn", payload=In, time_limit=timedelta(seconds=1), retry=twice)

    def run_count(given: Any, run: Any) -> None:
        """One piece more of a product, in the transaction that ends the job."""
        with run.finishing() as work:
            work.products.put_back(given.product_id, 1, now=datetime.now(UTC))

    def run_steps(given: Any, run: Any) -> None:
        for step in range(given.steps):
            run.progress(step * 100 // given.steps)
            time.sleep(given.seconds / given.steps)

    def run_nothing(_: Any, __: Any) -> None:
        pass

    def run_endless(_: Any, __: Any) -> None:
        time.sleep(3600)

    def run_stubborn(_: Any, __: Any) -> None:
        while True:
            with suppress(jobs.TimeLimitExceeded):
                time.sleep(3600)

    mine = [
        (count, run_count),
        (steps, run_steps),
        (nothing, run_nothing),
        (endless, run_endless),
        (stubborn, run_stubborn),
    ]
    own = background.JobRegistry
    background.JobRegistry = lambda functions: own([*functions, *mine])


class Desk:
    """Asks for jobs, and tells the broker of them."""

    def __init__(self, package: str) -> None:
        settings = import_module(f"{package}.settings").load_settings()
        import_module(f"{package}.core.logging").configure_logging(level="ERROR", console=False)
        background = import_module(f"{package}.background")
        broker = import_module(f"{package}.core.broker")
        self._jobs = import_module(f"{package}.core.jobs")
        self._actor = import_module(f"{package}.core.actor").Actor.system()
        self._clock = import_module(f"{package}.core.clock").SystemClock()
        self._container = import_module(f"{package}.bootstrap").build_container(settings)
        self._registry = background.registry_of(self._container)
        self._queue = broker.open_queue(settings.jobs_broker_url.get_secret_value(), name=settings.service_name)
        self._commands: dict[str, Callable[..., Any]] = {"ask": self.ask, "raw": self.raw, "send": self.send}

    def ask(self, kind: str, payload: dict[str, Any], count: int = 1, key: str | None = None) -> list[str]:
        """Ask for jobs, each in a transaction of its own; their ids."""
        known = self._registry.kind(kind)
        given = known.payload.model_validate(payload)
        found = []
        for _ in range(count):
            job = self._jobs.new_job(known, given, actor=self._actor, now=self._clock.now(), key=key)
            with self._container.database.writing() as work:
                work.jobs.add(job)
            found.append(str(job.id))
        return found

    def raw(self, kind: str, payload: str) -> str:
        """A job of any kind with any payload, as another release might have left it."""
        nothing = self._registry.kind("tests.nothing")
        now = self._clock.now()
        job = self._jobs.new_job(nothing, nothing.payload(), actor=self._actor, now=now)
        with self._container.database.writing() as work:
            work.jobs.add(replace(job, kind=kind, payload=payload))
        return str(job.id)

    def send(self, ids: list[str]) -> None:
        """Tell the broker of ids, as they are."""
        for one in ids:
            self._queue.send(UUID(one))

    def work(self) -> int:
        """Serve until the input ends."""
        answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        answers.write("null\n")
        for line in sys.stdin:
            command, given = json.loads(line)
            answers.write(json.dumps(self._commands[command](**given)) + "\n")
        self._queue.close()
        self._container.close()
        return 0


def main() -> int:
    """Change what the tests need changed, and do as told."""
    package, part = sys.argv[1:]
    # The folder of the script comes first in the path, and holds none of the service.
    sys.path.pop(0)
    move_clock(package)
    hurry(package)
    add_kinds(package)
    announce_nothing(package)
    plant_all(package)
    if part == "desk":
        return Desk(package).work()
    return int(import_module(f"{package}.cli").main([part]))


if __name__ == "__main__":
    sys.exit(main())
