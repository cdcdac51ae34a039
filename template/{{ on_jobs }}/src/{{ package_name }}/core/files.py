"""Files as answers. They carry no envelope, and leave in pieces, so that nobody holds a whole one in memory."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

PIECE_BYTES = 65_536
"""What is in memory of a file that is being sent."""


class Pieces(Iterator[bytes]):
    """The bytes of a file, piece by piece. The file is closed after the last one, or when told to.

    Args:
        file: open for reading.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __next__(self) -> bytes:
        piece = self._file.read(PIECE_BYTES)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Release the file, whether all of it was sent or not."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class FileReply:
    """A file on its way to a caller, independent of the web framework. Whoever sends it closes it.

    Attributes:
        file: open for reading.
        name: under which the caller keeps it: ASCII letters, digits, ``-`` and ``.``.
        media_type: with its charset.
    """

    file: BinaryIO
    name: str
    media_type: str

    def headers(self) -> dict[str, str]:
        """What is particular to a file: browsers keep it, and never show it as a page of the service's."""
        length = self.file.seek(0, os.SEEK_END)
        self.file.seek(0)
        return {
            "Content-Type": self.media_type,
            "Content-Length": str(length),
            "Content-Disposition": f'attachment; filename="{self.name}"',
        }


def file_answer(media_type: str, description: str) -> dict[str, Any]:
    """The answer with a file, for the OpenAPI document."""
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}
