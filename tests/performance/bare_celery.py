"""The yardstick: Celery and Redis, with nothing around them and the library's own settings.

    celery -A bare_celery worker --concurrency=2        serves
    python bare_celery.py COUNT PAUSE_SECONDS           asks for jobs, and prints when each had been asked for

`BROKER_URL` names the Redis. A job does nothing but say when it began.
"""

import os
import sys
import time

from celery import Celery
from redis import Redis

app = Celery("bare", broker=os.environ["BROKER_URL"])
begun = Redis.from_url(os.environ["BROKER_URL"])


@app.task(ignore_result=True)
def nothing(number: int) -> None:
    """Say when it began."""
    begun.rpush("begun", f"{number} {time.time()}")


def main() -> None:
    """Ask."""
    count, pause = int(sys.argv[1]), float(sys.argv[2])
    asked = []
    for number in range(count):
        nothing.delay(number)
        asked.append(f"{number} {time.time()}")
        if pause:
            time.sleep(pause)
    print("\n".join(asked))


if __name__ == "__main__":
    # The name by which the worker knows the task.
    import bare_celery

    nothing = bare_celery.nothing
    main()
