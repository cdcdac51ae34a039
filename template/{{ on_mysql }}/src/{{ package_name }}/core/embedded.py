"""MySQL has no embedded form: development and tests need a server."""

from pathlib import Path


def start(directory: Path) -> str:  # noqa: ARG001 - the same function on every engine
    """Say what to do instead.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(
        "This service needs a MySQL server. Start one with `make services`, or set DATABASE_URL "
        "(mysql://...: user, host and database); tests take TEST_DATABASE_URL."
    )
