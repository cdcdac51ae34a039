"""Reads the service's own gauges."""

from prometheus_client import REGISTRY


def connections_in_use() -> float:
    """How many connections to databases are borrowed in this process at the moment."""
    return REGISTRY.get_sample_value("database_connections_in_use") or 0
