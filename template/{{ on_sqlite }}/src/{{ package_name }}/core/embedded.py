"""The database for development and tests: a file, no server to install."""

from pathlib import Path


def start(directory: Path) -> str:
    """The URL of a database file.

    Args:
        directory: where the file is kept; made if missing.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{directory.resolve() / 'database.sqlite3'}"
