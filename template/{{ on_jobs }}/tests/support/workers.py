"""Workers and relays as processes of their own, the way production runs them."""

from __future__ import annotations

import subprocess
import sys

from tests.support.server import PROJECT, ServiceProcess, service_environment


class WorkerProcess(ServiceProcess):
    """The service's worker, with a port that says how it is."""

    command = "worker"
    port_variable = "WORKER_PORT"


class RelayProcess(ServiceProcess):
    """The service's relay, with a port that says how it is."""

    command = "relay"
    port_variable = "RELAY_PORT"


class CrewProcess(ServiceProcess):
    """A worker with jobs of the tests (`tests/support/crew.py`).

    Args:
        database_url: of the ledger.
        queue: name of the queue.
        mebibytes: how much memory one of its processes may have needed before another one takes its place.
        settings: further ones of the service.
    """

    def __init__(self, database_url: str, *, queue: str, mebibytes: int, **settings: str) -> None:
        super().__init__(database_url, **settings)
        self._arguments = [queue, str(mebibytes)]

    def start(self, *, timeout: float = 40) -> CrewProcess:
        """Start it, and wait until its first process is set up."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crew", *self._arguments],
            cwd=PROJECT,
            env=service_environment(self.database_url, **self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._readers = [
            self._read(self._process.stdout, self.stdout),
            self._read(self._process.stderr, self.stderr),
        ]
        self.wait_for_record(timeout, message="crew.ready")
        return self
