"""Requests a second and p99 of rendered services, each next to a bare application of its own framework.

    python tests/performance/compare.py SERVER_URL RENDER [RENDER ...]

SERVER_URL names a PostgreSQL server in which databases are made and dropped; each RENDER is a rendered service over
PostgreSQL with its `.venv`, of whatever framework. Needs uv, psql, wrk and a Redis at 127.0.0.1:6379. A bare
application is one file next to this one, with hand-written SQL and nothing else, in an environment of its own with the
render's Python. Both run with the same number of server processes, on the same tables, one after the other, in two
rounds; the ratios at the end are of the better round of each. For figures worth keeping, nothing else should run on
the machine.

The products are public. The own orders are asked for by a user who has signed in, of the service; a bare application
asks nobody who they are. Signing in is measured last, one after the other, against a budget of its own: a password's
hash is slow on purpose. A render from before there were accounts is asked without credentials for the orders of
nobody, and is not signed in to.

The whole run, before and after accounts (b2d0dc2 is the last revision without them):

    git worktree add build/before b2d0dc2
    for name in default flask django; do
        python scripts/render.py tests/answers/$name.yml
        (cd build/before && python scripts/render.py tests/answers/$name.yml)
    done
    for name in demo-service flask-example django-example; do
        for render in build/$name build/before/build/$name; do (cd $render && uv sync -q); done
    done
    python tests/performance/compare.py postgresql://postgres@127.0.0.1:5432/postgres \\
        build/before/build/demo-service build/demo-service \\
        build/before/build/flask-example build/flask-example \\
        build/before/build/django-example build/django-example
"""

import argparse
import json
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

WORKERS = 2
THREADS = 5
CONNECTIONS = 32
SECONDS = 8
ROWS = 10_000
OWN_ORDERS = ROWS // 100
REQUESTS = ("list of 20", "single read", "own orders")
# More than one caller gets answered here, and no more: Redis remembers, and searches, as many requests as it allows.
LIMIT = "5000/second"
LOGINS = 60
LOGIN_BUDGET_MS = 500
USER = {"email": "measured@example.org", "password": "only for measuring: a long passphrase"}
NOBODY = "00000000-0000-0000-0000-000000000000"
HERE = Path(__file__).resolve().parent
GUNICORN = ["-m", "gunicorn", f"--workers={WORKERS}", f"--threads={THREADS}", "--worker-class=gthread"]
# What each bare application needs, and how it is served; its file is bare_<framework>.py.
BARE: dict[str, tuple[list[str], list[str]]] = {
    "fastapi": (
        ["fastapi", "uvicorn[standard]", "asyncpg"],
        ["-m", "uvicorn", f"--workers={WORKERS}", "--no-access-log", "--log-level=warning"],
    ),
    "flask": (["flask", "gunicorn", "psycopg[binary,pool]"], [*GUNICORN, "--log-level=warning"]),
    "django": (["django", "gunicorn", "psycopg[binary,pool]"], [*GUNICORN, "--log-level=warning"]),
}


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server_url", help="postgresql://user@host:port/postgres")
    parser.add_argument("renders", type=Path, nargs="+")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each measurement (less: a try-out)")
    options = parser.parse_args()
    ratios: list[str] = []
    print(f"{'round':6}{'application':18}{'request':14}{'requests/s':>11}{'p99 ms':>9}")
    for render in options.renders:
        name = f"compare_{secrets.token_hex(4)}"
        _sql(options.server_url, f'CREATE DATABASE "{name}"')
        try:
            url = options.server_url.rsplit("/", 1)[0] + "/" + name
            print(f"-- {render}")
            ratios += [f"-- {render}", *_measure(render.resolve(), url, options.seconds)]
        finally:
            _sql(options.server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
    print("\n".join(["", *ratios]))
    return 0


def _measure(render: Path, url: str, seconds: int) -> list[str]:
    """Print the rates of a service and of its bare sibling; returns their ratios in words."""
    framework = yaml.safe_load((render / ".copier-answers.yml").read_text(encoding="utf-8"))["framework"]
    package = next(path.parent.name for path in render.glob("src/*/settings.py"))
    python = str(render / ".venv" / "bin" / "python")
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(32),
        "ENVIRONMENT": "production",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CACHE_URL": "redis://127.0.0.1:6379/0",
        "WEB_WORKERS": str(WORKERS),
        "LOG_LEVEL": "ERROR",
        "SLOW_QUERY_MS": "5000",
        "RATE_LIMIT_DEFAULT": LIMIT,
        "RATE_LIMIT_AUTH": LIMIT,
    }
    subprocess.run(
        [python, "-m", package, "migrate", "up"], cwd=render, env=environment, stdout=subprocess.DEVNULL, check=True
    )
    _sql(
        url,
        "INSERT INTO products (id, sku, name, price, currency, stock, version, created_at, updated_at)"
        " SELECT gen_random_uuid(), 'SKU-' || n, 'Product ' || n, n, 'EUR', n, 1,"
        " now() - n * interval '1 second', now() - n * interval '1 second'"
        f" FROM generate_series(1, {ROWS}) AS n",
    )
    requirements, server = BARE[framework]
    commands = {"service": [python, "-m", package, "serve"]}
    folders = {"service": render, "bare": HERE}
    best: dict[tuple[str, str], float] = {}
    logins: list[list[float]] = []
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        bare = str(Path(folder) / "bin" / "python")
        subprocess.run(["uv", "venv", "--quiet", f"--python={python}", folder], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", f"--python={bare}", *requirements], check=True)
        commands["bare"] = [bare, *server, f"bare_{framework}:app"]
        with _serving(commands["service"], render, environment) as base:
            customer = _sign_up(base)
        _order(url, customer or NOBODY)
        for turn in (1, 2):
            for kind in ("bare", "service"):
                with _serving(commands[kind], folders[kind], environment) as base:
                    signed_in = kind == "service" and customer is not None
                    # A bare application is told whose orders; a service knows who asks.
                    orders = "/v1/orders?limit=20" + (f"&customer_id={customer or NOBODY}" if kind == "bare" else "")
                    rates = _rates(base, orders, _sign_in(base) if signed_in else None, seconds)
                    if signed_in:
                        logins.append(_login_times(base))
                for request, (rate, p99) in rates.items():
                    print(f"{turn:<6}{f'{kind} {framework}':18}{request:14}{rate:>11.0f}{p99:>9.1f}", flush=True)
                    best[kind, request] = max(rate, best.get((kind, request), 0.0))
    return [
        *(
            f"{framework}: {request}: the service answers {best['service', request] / best['bare', request]:.0%}"
            " of the requests of its bare sibling"
            for request in REQUESTS
        ),
        *_login_words(framework, logins),
    ]


@contextmanager
def _serving(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run a server on a free port; yields its address once it answers."""
    port = _free_port()
    if "serve" not in command:
        command = [*command, f"--bind=127.0.0.1:{port}" if "gunicorn" in command else f"--port={port}"]
    process = subprocess.Popen(command, cwd=folder, env={**environment, "PORT": str(port)})
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(f"{base}/v1/products?limit=20")
        yield base
    finally:
        process.terminate()
        process.wait(timeout=60)


def _order(url: str, customer: str) -> None:
    """Orders of two lines each; those of the customer lie among those of others."""
    _sql(
        url,
        "INSERT INTO orders (id, customer_id, status, total, currency, version, created_at, updated_at)"
        f" SELECT gen_random_uuid(), CASE WHEN n % {ROWS // OWN_ORDERS} = 0 THEN '{customer}'::uuid"
        " ELSE gen_random_uuid() END, 'shipped', 3, 'EUR', 1,"
        " now() - n * interval '1 second', now() - n * interval '1 second'"
        f" FROM generate_series(1, {ROWS}) AS n",
    )
    _sql(
        url,
        "INSERT INTO order_lines (order_id, position, product_id, quantity, unit_price)"
        " SELECT orders.id, line.position, line.product_id, 1, 1 FROM orders, (SELECT id AS product_id,"
        " row_number() OVER () - 1 AS position FROM (SELECT id FROM products LIMIT 2) AS bought) AS line",
    )
    for table in ("products", "orders", "order_lines"):
        _sql(url, f"VACUUM ANALYZE {table}")


def _sign_up(base: str) -> str | None:
    """The id of a new account; None where there are no accounts."""
    try:
        return str(_post(f"{base}/v1/users", USER)["id"])
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code == 404:
                return None
            raise


def _sign_in(base: str) -> str:
    """An access token."""
    return str(_post(f"{base}/v1/auth/tokens", USER)["access_token"])


def _login_times(base: str) -> list[float]:
    """Milliseconds of each login, one after the other, by one caller."""
    times = []
    for _ in range(LOGINS):
        began = time.perf_counter()
        _sign_in(base)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _login_words(framework: str, rounds: list[list[float]]) -> list[str]:
    """The better round, in words; nothing where nobody can sign in."""
    if not rounds:
        return [f"{framework}: login: there are no accounts"]
    cuts = min((statistics.quantiles(times, n=20) for times in rounds), key=lambda found: found[-1])
    verdict = "within" if cuts[-1] < LOGIN_BUDGET_MS else "ABOVE"
    return [f"{framework}: login: p50 {cuts[9]:.0f} ms, p95 {cuts[-1]:.0f} ms, {verdict} {LOGIN_BUDGET_MS} ms"]


def _rates(base: str, orders: str, token: str | None, seconds: int) -> dict[str, tuple[float, float]]:
    """Requests a second, and the 99th percentile in milliseconds, of each request."""
    products = f"{base}/v1/products"
    first = _get(f"{products}?limit=20")[0]["id"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found = {}
    for request, url in zip(REQUESTS, (f"{products}?limit=20", f"{products}/{first}", base + orders), strict=True):
        answered = _get(url, headers)
        if isinstance(answered, list) and len(answered) != 20:
            raise SystemExit(f"{url} answered {len(answered)} rows")
        _load(url, 2, headers)
        found[request] = _load(url, seconds, headers)
    return found


def _load(url: str, seconds: int, headers: dict[str, str]) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in milliseconds."""
    shown = [f"-H{name}: {value}" for name, value in headers.items()]
    found = subprocess.run(
        ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *shown, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in found:
        raise SystemExit(f"some requests failed:\n{found}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", found)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", found).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            _get(url)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _get(url: str, headers: dict[str, str] | None = None) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=5) as answer:
        return json.loads(answer.read())["data"]


def _post(url: str, body: dict[str, str]) -> Any:
    sent = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return json.loads(answer.read())["data"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sql(url: str, statement: str) -> None:
    subprocess.run(["psql", url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)


if __name__ == "__main__":
    sys.exit(main())
