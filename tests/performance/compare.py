"""Requests a second and p99 of rendered services, each next to a bare application of its own framework.

    python tests/performance/compare.py SERVER_URL RENDER [RENDER ...]

SERVER_URL names a PostgreSQL server in which databases are made and dropped; each RENDER is a rendered service over
PostgreSQL with its `.venv`, of whatever framework. Needs uv, psql and wrk. A bare application is one file next to this
one, with hand-written SQL and nothing else, in an environment of its own with the render's Python. Both run with the
same number of server processes, on the same tables, one after the other, in two rounds; the ratios at the end are of
the better round of each. For figures worth keeping, nothing else should run on the machine.
"""

import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

WORKERS = 2
THREADS = 5
CONNECTIONS = 32
SECONDS = 8
ROWS = 10_000
REQUESTS = ("list of 20", "single read")
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
    options = parser.parse_args()
    ratios: list[str] = []
    print(f"{'round':6}{'application':18}{'request':14}{'requests/s':>11}{'p99 ms':>9}")
    for render in options.renders:
        name = f"compare_{secrets.token_hex(4)}"
        _sql(options.server_url, f'CREATE DATABASE "{name}"')
        try:
            ratios += _measure(render.resolve(), options.server_url.rsplit("/", 1)[0] + "/" + name)
        finally:
            _sql(options.server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
    print("\n".join(["", *ratios]))
    return 0


def _measure(render: Path, url: str) -> list[str]:
    """Print the rates of a service and of its bare sibling; returns their ratios in words."""
    framework = yaml.safe_load((render / ".copier-answers.yml").read_text(encoding="utf-8"))["framework"]
    package = next(path.parent.name for path in render.glob("src/*/settings.py"))
    python = str(render / ".venv" / "bin" / "python")
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(32),
        "ENVIRONMENT": "production",
        "WEB_WORKERS": str(WORKERS),
        "LOG_LEVEL": "ERROR",
        "SLOW_QUERY_MS": "5000",
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
    _sql(url, "VACUUM ANALYZE products")
    best: dict[tuple[str, str], float] = {}
    requirements, server = BARE[framework]
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        bare = str(Path(folder) / "bin" / "python")
        subprocess.run(["uv", "venv", "--quiet", f"--python={python}", folder], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", f"--python={bare}", *requirements], check=True)
        for turn in (1, 2):
            for kind in ("bare", "service"):
                port = _free_port()
                address = [f"--bind=127.0.0.1:{port}"] if "gunicorn" in server else [f"--port={port}"]
                command = (
                    [bare, *server, *address, f"bare_{framework}:app"]
                    if kind == "bare"
                    else [python, "-m", package, "serve"]
                )
                where = HERE if kind == "bare" else render
                process = subprocess.Popen(command, cwd=where, env={**environment, "PORT": str(port)})
                try:
                    rates = _rates(f"http://127.0.0.1:{port}/v1/products")
                finally:
                    process.terminate()
                    process.wait(timeout=60)
                for request, (rate, p99) in rates.items():
                    print(f"{turn:<6}{f'{kind} {framework}':18}{request:14}{rate:>11.0f}{p99:>9.1f}", flush=True)
                    best[kind, request] = max(rate, best.get((kind, request), 0.0))
    return [
        f"{framework}: {request}: the service answers {best['service', request] / best['bare', request]:.0%}"
        " of the requests of its bare sibling"
        for request in REQUESTS
    ]


def _rates(products: str) -> dict[str, tuple[float, float]]:
    """Requests a second, and the 99th percentile in milliseconds, of each request."""
    first = json.loads(_wait(f"{products}?limit=20"))["data"][0]["id"]
    found = {}
    for request, path in zip(REQUESTS, ("?limit=20", f"/{first}"), strict=True):
        _load(products + path, 2)
        found[request] = _load(products + path, SECONDS)
    return found


def _load(url: str, seconds: int) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in milliseconds."""
    found = subprocess.run(
        ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in found:
        raise SystemExit(f"some requests failed:\n{found}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", found)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", found).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _wait(url: str) -> bytes:
    deadline = time.monotonic() + 30
    while True:
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sql(url: str, statement: str) -> None:
    subprocess.run(["psql", url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)


if __name__ == "__main__":
    sys.exit(main())
