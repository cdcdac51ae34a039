"""A wire to a server that tests can cut, freeze and mend: a small TCP proxy on the loopback interface."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

CHUNK = 65536


class Wire:
    """Forwards a loopback port to a server.

    Args:
        upstream: host and port of the server, or the path of its Unix socket.
    """

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self._flowing = threading.Event()
        self._flowing.set()
        self._ends: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener: socket.socket | None = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """End every connection and refuse new ones, as a server that is down."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Only a shutdown wakes the thread that waits in accept.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._flowing.set()
        with self._guard:
            ends, self._ends = self._ends, set()
        for end in ends:
            _close(end)

    def freeze(self) -> None:
        """Keep every connection open and move no more bytes, as a network that drops packets."""
        self._flowing.clear()

    def mend(self) -> None:
        """Let bytes flow and connections in again."""
        self._flowing.set()
        if self._listener is None:
            self._listener = self._listen(self.port)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # the listener was closed: the wire is cut
                return
            try:
                far = self._dial()
            except OSError:
                _close(near)
                continue
            with self._guard:
                self._ends |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _dial(self) -> socket.socket:
        if isinstance(self._upstream, str):
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._upstream)
            return far
        return socket.create_connection(self._upstream, 5)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            source.settimeout(None)
            while chunk := source.recv(CHUNK):
                self._flowing.wait()
                target.sendall(chunk)
        except OSError:  # one end is gone: so is the connection
            pass
        with self._guard:
            self._ends -= {source, target}
        _close(source)
        _close(target)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
