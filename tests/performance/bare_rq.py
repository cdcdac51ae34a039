"""The yardstick: RQ and Redis, with nothing around them and the library's own settings.

    rq worker --url ...                             serves; its other class of worker does without a fork for each job
    python bare_rq.py COUNT PAUSE_SECONDS           asks for jobs, and prints when each had been asked for

`BROKER_URL` names the Redis. A job does nothing but say when it began.
"""

import os
import sys
import time

from redis import Redis
from rq import Queue

redis = Redis.from_url(os.environ["BROKER_URL"])


def nothing(number: int) -> None:
    """Say when it began."""
    redis.rpush("begun", f"{number} {time.time()}")


def main() -> None:
    """Ask."""
    count, pause = int(sys.argv[1]), float(sys.argv[2])
    queue = Queue(connection=redis)
    asked = []
    for number in range(count):
        queue.enqueue("bare_rq.nothing", number, result_ttl=0)
        asked.append(f"{number} {time.time()}")
        if pause:
            time.sleep(pause)
    print("\n".join(asked))


if __name__ == "__main__":
    main()
