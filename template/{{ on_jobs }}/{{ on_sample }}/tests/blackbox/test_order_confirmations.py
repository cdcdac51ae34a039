"""The mail that follows an order: sent by a job, after the answer, and only of what was stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from tests.blackbox.apart import service_apart
from tests.blackbox.catalogue import ORDERS, new_order, new_product, order_body
from tests.blackbox.client import Api
from tests.blackbox.people import Person, new_person
from tests.support.smtp import Mailbox, serving

PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """A mail server."""
    with serving(Mailbox()) as found:
        yield found


@pytest.fixture(scope="module")
def shop(mailbox: Mailbox) -> Iterator[Api]:
    """The administrator of a service that sends its mail there."""
    with service_apart(MAIL_URL=f"smtp://127.0.0.1:{mailbox.port}") as found:
        yield found


@pytest.fixture(scope="module")
def buyer(shop: Api) -> Person:
    """Somebody who orders."""
    return new_person(shop)


def letters(mailbox: Mailbox, number: int) -> list[str]:
    """What has arrived, once there is so much of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(mailbox.messages) < number:
        assert time.monotonic() < deadline, f"{len(mailbox.messages)} of {number} letters"
        time.sleep(0.02)
    return [message.decode() for message in mailbox.messages]


@pytest.mark.rule("JOB-01", "JOB-02")
def test_order_is_answered_while_the_mail_server_keeps_its_job_waiting(
    shop: Api, buyer: Person, mailbox: Mailbox
) -> None:
    product = new_product(shop)
    before = len(mailbox.messages)
    mailbox.opens = Event()

    order = new_order(buyer.api, (product, 1))
    during = len(mailbox.messages)
    mailbox.opens.set()

    *_, letter = letters(mailbox, before + 1)
    assert during == before
    assert order["id"] in letter
    assert f"To: {buyer.account.email}" in letter


@pytest.mark.rule("JOB-02")
def test_order_that_was_not_stored_is_confirmed_to_nobody(
    shop: Api, buyer: Person, mailbox: Mailbox
) -> None:
    scarce, product = new_product(shop, stock=1), new_product(shop)
    before = len(mailbox.messages)

    refused: Any = buyer.api.post(ORDERS, json=order_body((product, 1), (scarce, 2)))
    stored = new_order(buyer.api, (product, 1))

    # Jobs are done in the order in which they were asked for: one of the refused order would have come first.
    arrived = letters(mailbox, before + 1)[before:]
    assert refused.status_code == 409
    assert [stored["id"] in letter for letter in arrived] == [True]
