"""What those who run the service ask of it."""

from __future__ import annotations

from tests.contract.requests import PUBLIC, Access, Call, Key, Prepared

VALID: Prepared = {
    ("GET", "/health/live"): lambda _: Call("/health/live"),
    ("GET", "/health/ready"): lambda _: Call("/health/ready"),
    ("GET", "/metrics"): lambda _: Call("/metrics"),
    ("GET", "/openapi.json"): lambda _: Call("/openapi.json"),
    ("GET", "/docs"): lambda _: Call("/docs"),
}

ACCESS: dict[Key, Access] = dict.fromkeys(VALID, PUBLIC)
