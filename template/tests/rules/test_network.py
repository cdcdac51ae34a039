"""No test leaves this machine."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.rule("TEST-07")
def test_no_test_reaches_beyond_this_machine() -> None:
    # An address that is reserved for documentation: nobody answers there if the guard fails.
    # The guard warns first, and warnings are errors here; one or the other stops the test.
    with pytest.raises((SocketConnectBlockedError, UserWarning), match="A test tried to use"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)
