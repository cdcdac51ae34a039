"""Show the template at work: render a service, set it up, start it, sign in, write and read a product.

The service is left in build/demo-service. At a terminal it goes on serving until Ctrl-C; otherwise it is stopped, and
the exit status says whether everything worked.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.pythons import usable_version

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60
ADMIN = "anne@example.com"
PRODUCT = {"sku": "MUG-BLUE-01", "name": "Blue mug", "price": 1250, "currency": "EUR", "stock": 40}


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    print(f"\n=== {title}", flush=True)
    started = time.monotonic()
    yield
    print(f"=== {time.monotonic() - started:.1f} s", flush=True)


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment without what belongs to this repository's make and virtual environment."""
    foreign = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV", "DATABASE_URL", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in foreign} | extra


def render(service: Path) -> None:
    """Copy the template with its hooks, as a user does.

    Raises:
        SystemExit: the copy failed, or one of its steps did not happen.
    """
    shutil.rmtree(service, ignore_errors=True)
    command = [sys.executable, "-W", "ignore", "-m", "copier", "copy", "--trust", "--defaults", "--quiet"]
    command += ["--vcs-ref", "HEAD", "--data", f"python_version={usable_version()}", str(ROOT), str(service)]
    if subprocess.run(command, env=environment(), check=False).returncode != 0:
        raise SystemExit("copier copy failed; its message stands above")
    for wanted in (".env", "uv.lock", ".venv", ".git"):
        if not (service / wanted).exists():
            raise SystemExit(f"{service / wanted} is missing: a step above was not done")


def free_port() -> int:
    """8000 if nobody uses it, else any port that is free."""
    for port in (8000, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("no free port on 127.0.0.1")


def ask(url: str, body: dict[str, Any] | None = None, token: str = "") -> tuple[int, dict[str, str], Any]:
    """GET, or POST with a body; returns the status, the headers and the JSON body."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "demo"} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=json.dumps(body).encode() if body else None, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.load(error)


def show(line: str, body: dict[str, Any] | None, base: str, expected: int, token: str = "") -> dict[str, str]:
    """Send what `line` says, print the exchange and return the headers.

    Raises:
        SystemExit: the status is not the one expected.
    """
    status, headers, answer = ask(f"{base}{line.split()[1]}", body, token)
    print(f"\n{line} {json.dumps(body) if body else ''}".rstrip())
    print(f"{status}  " + "  ".join(f"{name}: {headers[name]}" for name in ("etag", "location") if name in headers))
    print(json.dumps(answer, indent=2, ensure_ascii=False), flush=True)
    if status != expected:
        raise SystemExit(f"{line} answered {status} instead of {expected}")
    return headers


def wait_until_ready(server: subprocess.Popen[bytes], base: str) -> None:
    """Wait for readiness.

    Raises:
        SystemExit: the server ended, or is not ready in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the service ended with {server.returncode}; its log stands above")
        try:
            if ask(f"{base}/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the service is not ready after {PATIENCE_SECONDS} s")


@contextmanager
def serving(service: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service, started as `make run` does; it has ended when this is left."""
    # Without make and uv around it: on a signal they end before the service does, and nobody could wait for it.
    command = [str(service / ".venv" / "bin" / "python"), "-m", "demo_service", "serve"]
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=service,
            env=environment(PORT=str(port)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise SystemExit("the service did not stop within 30 s of SIGTERM") from None


def make(service: Path, *target: str, **extra: str) -> None:
    """Run a target of the service's own Makefile.

    Raises:
        SystemExit: it did not work.
    """
    command = ["make", "--silent", *target]
    if subprocess.run(command, cwd=service, env=environment(**extra), check=False).returncode != 0:
        raise SystemExit(f"make {target[0]} failed; its message stands above")


def sign_in(base: str, password: str) -> str:
    """The administrator's access token, which is not shown.

    Raises:
        SystemExit: the service lets the administrator not in.
    """
    status, _, answer = ask(f"{base}/v1/auth/tokens", {"email": ADMIN, "password": password})
    print("\nPOST /v1/auth/tokens")
    print(status)
    if status != 201:
        raise SystemExit(f"POST /v1/auth/tokens answered {status} instead of 201: {answer}")
    token: str = answer["data"]["access_token"]
    return token


def shown(path: Path) -> str:
    """A path as short as it can be from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def main() -> int:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description="Render a service, start it and ask it something.")
    parser.add_argument("--into", type=Path, default=ROOT / "build", help="parent folder (default: build)")
    service: Path = parser.parse_args().into.resolve() / "demo-service"
    started = time.monotonic()
    with step(f"copier copy: a service for Python {usable_version()}, else the default answers, set up by its hooks"):
        render(service)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    log = service / ".data" / "demo.log"
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    password = secrets.token_urlsafe(16)
    with step("make admin: the embedded database, and somebody in it who may do everything"):
        make(service, "admin", f"EMAIL={ADMIN}", ADMIN_PASSWORD=password)
    with serving(service, port, log) as server:
        with step(f"serve on {base}"):
            try:
                wait_until_ready(server, base)
            except SystemExit:
                print(log.read_text(encoding="utf-8", errors="replace"))
                raise
        with step("one product, written by the administrator and read by anybody"):
            token = sign_in(base, password)
            created = show("POST /v1/products", PRODUCT, base, 201, token)
            show(f"GET {created['location']}", None, base, 200)
        print(f"\nDone in {time.monotonic() - started:.0f} s. The service is in {shown(service)}")
        if at_terminal:
            print(f"Its interactive documentation: {base}/docs  (log: {shown(log)})")
            print("Serving until Ctrl-C.", flush=True)
            server.wait()
            raise SystemExit(f"the service ended by itself; see {shown(log)}")
    print(f"No terminal, so it was stopped. To start it again: cd {shown(service)} && make run")
    print("Its interactive documentation is then at http://127.0.0.1:8000/docs")
    return 0


if __name__ == "__main__":
    # However the demonstration ends, it leaves no server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nStopped.")
        sys.exit(130)
