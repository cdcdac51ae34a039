"""See that the servers of the tests answer, and say what will not be tested if they do not.

PostgreSQL and Redis come from wheels where there are no servers. MariaDB and RabbitMQ need one: under CI=true, and as
root on Debian or Ubuntu, they are installed and started here; elsewhere their tests are skipped, with a line that says
so.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

MARIADB = ("127.0.0.1", 3306)
RABBITMQ = ("127.0.0.1", 5672)
DATA = Path(__file__).resolve().parents[1] / "build" / "mariadb"
PATIENCE_SECONDS = 60
# Debian puts servers where only root looks.
WITH_SERVERS = f"{os.environ.get('PATH', '')}:/usr/sbin"


def answers(address: tuple[str, int]) -> bool:
    """Whether something listens at this address."""
    try:
        with socket.create_connection(address, timeout=2):
            return True
    except OSError:
        return False


def missing_packages() -> list[str]:
    """What the distribution still has to give: a server, if none answers, and the client that backups are made with."""
    packages = []
    if not answers(MARIADB) and not shutil.which("mariadbd", path=WITH_SERVERS):
        packages.append("mariadb-server")
    if not shutil.which("mariadb-dump") and not shutil.which("mysqldump"):
        packages.append("mariadb-client")
    if not answers(RABBITMQ) and not shutil.which("rabbitmq-server", path=WITH_SERVERS):
        packages.append("rabbitmq-server")
    return packages


def install(packages: list[str]) -> None:
    """Get packages from the distribution, without letting them start a service of their own.

    Raises:
        SystemExit: only root may, and only where there is apt-get.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(f"CI=true, and {' and '.join(packages)} are missing. Install them, or run as root on Debian.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=True)
    subprocess.run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *packages], env=quiet, check=True)


def start_mariadb() -> None:
    """Run a server of our own on an empty data folder; its root user has no password, and it listens here only."""
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    owner = ["--user=root"] if os.geteuid() == 0 else []
    installer = ["mariadb-install-db", "--no-defaults", f"--datadir={DATA}", "--auth-root-authentication-method=normal"]
    subprocess.run([*installer, *owner, "--skip-test-db"], stdout=subprocess.DEVNULL, check=True)
    program = str(shutil.which("mariadbd", path=WITH_SERVERS))
    server = [program, "--no-defaults", f"--datadir={DATA}", f"--socket={DATA / 'socket'}", *owner]
    server += [f"--bind-address={MARIADB[0]}", f"--port={MARIADB[1]}", f"--log-error={DATA / 'error.log'}"]
    subprocess.Popen(server, stdin=subprocess.DEVNULL, start_new_session=True)
    wait(MARIADB, f"MariaDB did not start within {PATIENCE_SECONDS} s; see {DATA / 'error.log'}")


def start_rabbitmq() -> None:
    """Run the distribution's server, as rabbitmqctl knows it, with its guest of this machine."""
    program = str(shutil.which("rabbitmq-server", path=WITH_SERVERS))
    subprocess.Popen(
        [program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait(RABBITMQ, f"RabbitMQ did not start within {PATIENCE_SECONDS} s; see /var/log/rabbitmq")


def wait(address: tuple[str, int], problem: str) -> None:
    """Wait until something listens there.

    Raises:
        SystemExit: it took too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(address):
        if time.monotonic() > deadline:
            raise SystemExit(problem)
        time.sleep(0.2)


def main() -> int:
    """Report, or under CI=true provide."""
    in_pipeline = os.environ.get("CI") == "true"
    if in_pipeline and (packages := missing_packages()):
        install(packages)
    if answers(MARIADB):
        print("MariaDB: the server at 127.0.0.1:3306")
    elif in_pipeline:
        start_mariadb()
        print("MariaDB: started at 127.0.0.1:3306")
    else:
        print("MariaDB: no server at 127.0.0.1:3306, so services on mysql are NOT tested here")
    if answers(RABBITMQ):
        print("RabbitMQ: the server at 127.0.0.1:5672")
    elif in_pipeline:
        start_rabbitmq()
        print("RabbitMQ: started at 127.0.0.1:5672")
    else:
        print("RabbitMQ: no server at 127.0.0.1:5672, so jobs over it are NOT tested here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
