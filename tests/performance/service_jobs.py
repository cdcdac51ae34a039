"""A rendered service with one more kind of job, which does what the job of the bare scripts does.

    python service_jobs.py PACKAGE relay|worker          the service's own parts
    python service_jobs.py PACKAGE COUNT PAUSE_SECONDS   asks for jobs, each in a transaction, and prints when each of
                                                         these had been committed

Run in the service's folder, by its Python.
"""

import os
import sys
import time
from importlib import import_module
from typing import Any

from pydantic import BaseModel
from redis import Redis


class In(BaseModel, extra="forbid", frozen=True):
    """Nothing."""


def main() -> int:
    """Serve, or ask."""
    package, *what = sys.argv[1:]
    background = import_module(f"{package}.background")
    jobs = import_module(f"{package}.core.jobs")
    nothing = jobs.JobKind(name="performance.nothing", payload=In)
    begun = Redis.from_url(os.environ["BROKER_URL"])

    def say(_: In, run: Any) -> None:
        begun.rpush("begun", f"{run.job_id} {time.time()}")

    own = background.JobRegistry
    background.JobRegistry = lambda functions: own([*functions, (nothing, say)])
    if what in (["relay"], ["worker"]):
        return int(import_module(f"{package}.cli").main(what))
    count, pause = int(what[0]), float(what[1])
    container = import_module(f"{package}.bootstrap").build_container(
        import_module(f"{package}.settings").load_settings()
    )
    clock = import_module(f"{package}.core.clock").SystemClock()
    actor = import_module(f"{package}.core.actor").Actor.system()
    asked = []
    for _ in range(count):
        with container.database.writing() as work:
            job = jobs.new_job(nothing, In(), actor=actor, now=clock.now())
            work.jobs.add(job)
        asked.append(f"{job.id} {time.time()}")
        if pause:
            time.sleep(pause)
    print("\n".join(asked))
    container.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
