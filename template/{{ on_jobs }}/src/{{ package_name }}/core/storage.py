"""Files that jobs leave behind, and the folder that keeps them.

Every process that writes or reads them has to see the same ones: on several machines that is a shared folder, or
another class with the same methods in front of an object store.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from .clock import Clock

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*")


class NoSuchFile(Exception):
    """There is no file of that name, or it was removed."""


class Storage(Protocol):
    """Keeps files by name: lower-case letters, digits, ``-``, ``.`` and ``/`` between folders."""

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to write. It is there, whole, when the block ends; after an error it is as it was before."""
        ...

    def open(self, name: str) -> BinaryIO:
        """A file to read.

        Raises:
            NoSuchFile: there is none.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def purge(self) -> int:
        """Remove the files whose time is over, and what writers that died have left; returns how many."""
        ...


class FolderStorage:
    """Keeps files in a folder.

    Args:
        folder: is made when the first file is written.
        clock: tells when the time of a file is over.
        retention: how long files are kept after they were written.
    """

    def __init__(self, folder: Path, *, clock: Clock, retention: timedelta) -> None:
        self._folder = folder
        self._clock = clock
        self._retention = retention

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Written beside its place and then moved there, which is one step for whoever looks."""
        target = self._place(name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(scratch).unlink()
            raise

    def open(self, name: str) -> BinaryIO:
        """As it is at the moment; a later one of the same name does not change it."""
        try:
            return self._place(name).open("rb")
        except FileNotFoundError as error:
            raise NoSuchFile(name) from error

    def remove(self, name: str) -> None:
        """Whoever reads it may go on."""
        with suppress(FileNotFoundError):
            self._place(name).unlink()

    def purge(self) -> int:
        """By the moment of the last change, which the file system knows."""
        before = (self._clock.now() - self._retention).timestamp()
        removed = 0
        for place in self._folder.rglob("*"):
            # Another process may remove it first.
            with suppress(FileNotFoundError):
                if place.is_file() and place.stat().st_mtime < before:
                    place.unlink()
                    removed += 1
        return removed

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or ".." in name:
            raise ValueError(f"not a name of a file: {name!r}")
        return self._folder / name
