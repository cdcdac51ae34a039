"""Follows docs/tutorial/first-service.md block by block, as a reader does.

`sh` blocks are run; the lines of a `text` block have to appear, in this order, in what the last one printed. Marks
above a block: `background` leaves it running, `fails` expects it to, `stop` ends what runs.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.pythons import usable_version
from tests.docs.pages import DOCS, Block, blocks
from tests.services.running import FOREIGN, end

PAGE = DOCS / "tutorial" / "first-service.md"
PORT = 8000
PATIENCE_SECONDS = 60


class Reader:
    """Somebody at a terminal, who copies block after block."""

    def __init__(self, folder: Path, template: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.output = ""
        self.server: subprocess.Popen[bytes] | None = None
        tools = str(Path(sys.executable).parent)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in FOREIGN},
            "TEMPLATE": str(template),
            "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
            "PORT": str(port),
        }

    def text(self, block: Block) -> str:
        """A block for this machine: its Python, and a port that is free."""
        text = block.text.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{self.port}")
        return text.replace("--defaults", f"--defaults --data python_version={usable_version()}")

    def run(self, block: Block) -> None:
        """Run a block; a `cd` in it holds for the next ones, as in a terminal."""
        script = f"set -e\n{self.text(block)}\nset +x\npwd > '{self.folder.parent}/.where'\n"
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.where(),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        self.output = done.stdout
        expected = "a failure" if block.mark == "fails" else "success"
        assert (done.returncode != 0) == (block.mark == "fails"), (
            f"line {block.line}, expected {expected}:\n{done.stdout}"
        )

    def where(self) -> Path:
        """The folder that the terminal is in."""
        noted = self.folder.parent / ".where"
        return Path(noted.read_text().strip()) if noted.exists() else self.folder

    def start(self, block: Block) -> None:
        """Leave a block running, and wait until the service is ready."""
        log = (self.folder / "server.log").open("wb")
        self.server = subprocess.Popen(
            ["sh", "-c", f"exec {self.text(block)}"],
            cwd=self.where(),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.server.poll() is None, (self.folder / "server.log").read_text()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"line {block.line}: not ready after {PATIENCE_SECONDS} s")

    def stop(self) -> None:
        """Ctrl-C."""
        if self.server is not None:
            server, self.server = self.server, None
            assert end(server, signal.SIGINT), (self.folder / "server.log").read_text()

    def read(self, block: Block) -> None:
        """Compare what was printed with what the page shows."""
        position = 0
        printed = re.sub(r"[ \t]+", " ", self.output)
        for line in block.text.splitlines():
            wanted = re.sub(r"[ \t]+", " ", line.strip())
            found = printed.find(wanted, position)
            assert found >= 0, f"line {block.line}: {wanted!r} is not in\n{self.output}"
            position = found + len(wanted)


@pytest.fixture
def reader(template: Path) -> Iterator[Reader]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Not below pytest's own folder: another pytest on this machine would shut that to the embedded PostgreSQL.
    with tempfile.TemporaryDirectory(prefix="tutorial-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        home.mkdir()
        someone = Reader(home, template, port)
        yield someone
        someone.stop()


def test_a_reader_gets_what_the_tutorial_shows(reader: Reader) -> None:
    seen = 0
    for block in blocks(PAGE):
        if block.mark == "stop":
            reader.stop()
        elif block.language == "sh" and block.mark == "background":
            reader.start(block)
        elif block.language == "sh":
            reader.run(block)
        elif block.language == "text":
            reader.read(block)
            seen += 1
        else:
            raise AssertionError(f"line {block.line}: nobody knows what to do with a block of '{block.language}'")

    assert seen >= 8
    assert list(reader.folder.glob("orders-service/.git"))
