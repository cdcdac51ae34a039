"""The service's package. ``docs/architecture.md`` shows the way of a request through it."""
