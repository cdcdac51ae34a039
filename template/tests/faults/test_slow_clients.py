"""Clients that connect and then take their time."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import httpx2
import pytest

from tests.faults.conftest import Start

HALF = b"POST /v1/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"


@pytest.mark.rule("SEC-04", "SEC-15", "PERF-10")
@pytest.mark.parametrize("sent", [b"", b"GET /v1/no", HALF], ids=["nothing", "line", "body"])
def test_two_hundred_silent_clients_keep_nobody_else_waiting(
    migrated_url: str, start: Start, http: httpx2.Client, sent: bytes
) -> None:
    service = start(migrated_url, WEB_THREADS="2")

    with ExitStack() as stack:
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", service.port))
            stack.enter_context(client)
            client.sendall(sent)
        began = time.monotonic()
        statuses = [
            http.get(f"{service.base_url}{path}").status_code
            for path in ("/health/live", "/health/ready", "/v1/nowhere")
        ]
        seconds = time.monotonic() - began

    assert statuses == [200, 200, 404]
    assert seconds < 2
