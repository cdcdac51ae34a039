"""Jobs a second, and how long a job waits to begin: rendered services, each next to its bare queue library.

    python tests/performance/jobs.py SERVER_URL RENDER [RENDER ...]

SERVER_URL names a PostgreSQL server in which databases are made and dropped; each RENDER is a rendered service over
PostgreSQL and Redis with its `.venv`. Needs psql and redis-server. The bare library runs out of the same environment,
as its documentation begins it, with as many processes and on the same Redis, one after the other, in two rounds.

In the service a job is asked for in a transaction, handed over by the relay and kept in a ledger by the worker; the
bare library puts it into Redis, and forgets it. What is asked for is a job that does nothing. The rate is from the
first job that is asked for, all as fast as one process can, to the beginning of the last one; the wait is from when a
single job has been asked for (in the service: from its commit) to when its function is called, with pauses in between,
so that nothing queues up. For figures worth keeping, nothing else should run on the machine.
"""

import argparse
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

WORKERS = 2
JOBS = 2000
SINGLE_JOBS = 200
PAUSE_SECONDS = 0.03
ROUNDS = 2
PATIENCE_SECONDS = 300
HERE = Path(__file__).resolve().parent
# What serves bare jobs: a command for each process that is begun; the last word of a name is how.
BARE = {
    "celery": {
        "bare celery": [
            ["-m", "celery", "-A", "bare_celery", "worker", f"--concurrency={WORKERS}", "--loglevel=ERROR"],
        ]
    },
    "rq": {
        "bare rq": [["-m", "rq.cli", "worker", "--quiet"]] * WORKERS,
        "bare rq, no fork": [
            ["-m", "rq.cli", "worker", "--quiet", "--worker-class=rq.worker.SimpleWorker"],
        ]
        * WORKERS,
    },
}


@dataclass(frozen=True)
class Result:
    """Jobs a second, asked for and done, and milliseconds of waiting."""

    asked: float
    done: float
    p50: float
    p95: float


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server_url", help="postgresql://user@host:port/postgres")
    parser.add_argument("renders", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=JOBS)
    options = parser.parse_args()
    words = []
    print(f"{'round':6}{'application':24}{'asked/s':>9}{'done/s':>9}{'wait p50 ms':>13}{'p95 ms':>9}", flush=True)
    for render in options.renders:
        words += _compare(render.resolve(), options.server_url, options.jobs)
    print("\n".join(["", *words]))
    return 0


def _compare(render: Path, server_url: str, jobs: int) -> list[str]:
    """Print the rounds of a service and of its bare library; returns what follows, in words."""
    queue = yaml.safe_load((render / ".copier-answers.yml").read_text(encoding="utf-8")).get("task_queue")
    python = str(render / ".venv" / "bin" / "python")
    if queue is None:
        found = subprocess.run([python, "-c", "import celery"], capture_output=True, check=False)
        queue = "rq" if found.returncode else "celery"
    results: dict[str, list[Result]] = {}
    for turn in range(1, ROUNDS + 1):
        for name, commands in BARE[queue].items():
            with _redis() as url:
                environment = {**os.environ, "BROKER_URL": url, "RQ_REDIS_URL": url}
                ask = [python, f"bare_{queue}.py"]
                with _running([[python, *command] for command in commands], HERE, environment):
                    results.setdefault(name, []).append(_measure(ask, HERE, environment, url, jobs))
            _show(turn, name, results[name][-1])
        name = f"service over {queue}"
        with _database(server_url) as database, _redis() as url:
            package = next(path.parent.name for path in render.glob("src/*/settings.py"))
            environment = {
                **os.environ,
                "BROKER_URL": url,
                "DATABASE_URL": database,
                "JOBS_BROKER_URL": url,
                "JOB_WORKERS": str(WORKERS),
                "LOG_LEVEL": "ERROR",
                "SLOW_QUERY_MS": "5000",
            }
            subprocess.run([python, "-m", package, "migrate", "up"], cwd=render, env=environment, stdout=2, check=True)
            service = [python, str(HERE / "service_jobs.py"), package]
            with _running([[*service, "relay"], [*service, "worker"]], render, environment):
                results.setdefault(name, []).append(_measure(service, render, environment, url, jobs))
        _show(turn, name, results[name][-1])
    best = {name: max(found, key=lambda one: one.done) for name, found in results.items()}
    waits = {name: min(found, key=lambda one: one.p50) for name, found in results.items()}
    return [
        f"{name}: {best[mine].done / best[name].done:.0%} of its jobs a second; the outbox adds"
        f" {waits[mine].p50 - waits[name].p50:.0f} ms to the wait in the middle,"
        f" {waits[mine].p95 - waits[name].p95:.0f} ms at the 95th percentile"
        for mine in [f"service over {queue}"]
        for name in BARE[queue]
    ]


def _show(turn: int, name: str, found: Result) -> None:
    numbers = f"{found.asked:>9.0f}{found.done:>9.0f}{found.p50:>13.1f}{found.p95:>9.1f}"
    print(f"{turn:<6}{name:24}{numbers}", flush=True)


def _measure(ask: list[str], folder: Path, environment: dict[str, str], url: str, jobs: int) -> Result:
    """Ask for a few jobs to warm up, for single ones, then for many."""
    _round(ask, folder, environment, url, 50, 0.0)
    asked, begun = _round(ask, folder, environment, url, SINGLE_JOBS, PAUSE_SECONDS)
    waits = [max(0.0, begun[one] - moment) * 1000 for one, moment in asked.items()]
    cuts = statistics.quantiles(waits, n=20)
    asked, begun = _round(ask, folder, environment, url, jobs, 0.0)
    first, last = min(asked.values()), max(asked.values())
    # The first moment is that of the first job's end of being asked for: of thousands, one is missing.
    return Result(jobs / (last - first), jobs / (max(begun.values()) - first), cuts[9], cuts[-1])


def _round(
    ask: list[str], folder: Path, environment: dict[str, str], url: str, count: int, pause: float
) -> tuple[dict[str, float], dict[str, float]]:
    """When each job had been asked for, and when it began, in seconds."""
    from redis import Redis

    with Redis.from_url(url, decode_responses=True) as redis:
        redis.delete("begun")
        command = [*ask, str(count), str(pause)]
        printed = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while redis.llen("begun") < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"{redis.llen('begun')} of {count} jobs were begun")
            time.sleep(0.05)
        return _times(printed.stdout.splitlines()), _times(redis.lrange("begun", 0, -1))


def _times(lines: list[str]) -> dict[str, float]:
    return {name: float(moment) for name, moment in (line.split() for line in lines)}


@contextmanager
def _running(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Processes, ended when the block does."""
    with ExitStack() as stack:
        for command in commands:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
            )
            stack.callback(process.wait, timeout=60)
            stack.callback(process.terminate)
        yield


@contextmanager
def _redis() -> Iterator[str]:
    """A Redis of our own; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running([command], Path(folder), dict(os.environ)):
            deadline = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    """An empty database; its URL."""
    name = f"compare_{secrets.token_hex(4)}"
    _sql(server_url, f'CREATE DATABASE "{name}"')
    try:
        yield server_url.rsplit("/", 1)[0] + "/" + name
    finally:
        _sql(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _sql(url: str, statement: str) -> None:
    subprocess.run(["psql", url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)


if __name__ == "__main__":
    sys.exit(main())
