"""What is measured of jobs. The backlog is measured by each relay, and is the same whoever measures it."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

JOB_DURATION = Histogram(
    "job_duration_seconds", "Time an attempt took.", ["kind", "outcome"], buckets=_SECONDS
)
JOB_RETRIES = Counter("job_retries", "Attempts that failed and are followed by another.", ["kind"])
JOBS_BURIED = Counter("jobs_buried", "Jobs that were given up.", ["kind"])
JOBS_LOST = Counter("jobs_lost", "Attempts whose worker was gone.", ["kind"])
JOBS_HANDED_OVER = Counter("jobs_handed_over", "Times that the queue was told of a job.", ["kind"])
JOBS_DUE = Gauge(
    "jobs_due", "Jobs that may begin and have not begun.", ["kind"], multiprocess_mode="mostrecent"
)
JOBS_OLDEST_DUE = Gauge(
    "jobs_oldest_due_seconds",
    "Since when the first of them waits.",
    ["kind"],
    multiprocess_mode="mostrecent",
)
JOBS_DEAD = Gauge(
    "jobs_dead",
    "Jobs that were given up and are still there.",
    ["kind"],
    multiprocess_mode="mostrecent",
)
