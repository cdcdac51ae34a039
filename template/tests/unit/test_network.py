"""Unit tests reach nothing outside the process."""

import socket

import pytest
from pytest_socket import SocketBlockedError


@pytest.mark.rule("ARCH-09", "TEST-07")
def test_a_unit_test_cannot_open_a_socket() -> None:
    # The guard warns first, and warnings are errors here; one or the other stops the test.
    with pytest.raises((SocketBlockedError, UserWarning), match="A test tried to use socket"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
