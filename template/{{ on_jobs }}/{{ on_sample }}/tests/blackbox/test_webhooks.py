"""Webhook subscriptions: their secrets are shown once, and events arrive signed at those who want them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.blackbox.apart import service_apart
from tests.blackbox.asking import UNKNOWN_ID, matching, walk
from tests.blackbox.catalogue import new_order, new_product
from tests.blackbox.client import Api, error_code, named_fields
from tests.blackbox.people import Person, new_key, new_person
from tests.blackbox.subscriptions import (
    MOST,
    SUBSCRIPTIONS,
    make_room,
    new_subscription,
    subscription_body,
)
from tests.support.receivers import Received, Receiver, receiving


def arrived(receiver: Receiver, count: int, timeout: float = 20) -> list[Received]:
    """What a receiver was sent, once it is so much."""
    deadline = time.monotonic() + timeout
    while len(receiver.received) < count:
        assert time.monotonic() < deadline, f"only {receiver.received} arrived"
        time.sleep(0.05)
    return list(receiver.received)


@pytest.fixture(scope="module")
def sender() -> Iterator[Api]:
    """The only administrator of a service whose webhooks may go to this machine."""
    with service_apart(WEBHOOK_PRIVATE_NETWORKS="127.0.0.1") as found:
        yield found


@pytest.fixture
def receiver(sender: Api) -> Iterator[Receiver]:
    """Somebody on this machine who is told of events, until the end of the test."""
    with receiving() as found:
        yield found
        make_room(sender)


@pytest.mark.rule("AUTH-05", "AUTH-06", "AUTH-13")
def test_key_subscribes_to_nothing_that_it_may_not_see(staff: Person, anonymous: Api) -> None:
    make_room(staff.api)
    made = new_subscription(staff.api)
    key = {"X-API-Key": new_key(staff.api, "webhooks:read", "webhooks:manage")["key"]}
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    elsewhere = {"url": "https://elsewhere.example.com/"}

    refused = [
        anonymous.post(SUBSCRIPTIONS, json=subscription_body(), headers=key),
        anonymous.patch(path, json=elsewhere, headers={"If-Match": "*", **key}),
    ]

    assert [error_code(response) for response in refused] == ["auth.forbidden"] * 2
    assert anonymous.get(path, headers=key).json()["data"]["url"] == made["url"]


@pytest.mark.rule("EVENT-06", "SEC-17")
def test_secret_is_shown_when_it_is_made_and_never_again(staff: Person) -> None:
    make_room(staff.api)

    response = staff.api.post(SUBSCRIPTIONS, json=subscription_body())

    made = response.json()["data"]
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    kept = staff.api.get(path)
    assert response.status_code == 201
    assert response.headers["location"] == path
    assert response.headers["cache-control"] == "no-store"
    assert made["secret"].startswith("whsec_")
    assert made["url"] == subscription_body()["url"]
    assert kept.json()["data"] == {name: value for name, value in made.items() if name != "secret"}
    assert kept.headers["etag"] == '"1"'
    assert "whsec_" not in kept.text + staff.api.get(SUBSCRIPTIONS).text


@pytest.mark.rule("EVENT-06")
def test_exchange_shows_another_secret_and_says_how_long_the_old_one_signs(staff: Person) -> None:
    made = new_subscription(staff.api)
    path = f"{SUBSCRIPTIONS}/{made['id']}"

    changed = staff.api.post(f"{path}/secret")

    data = changed.json()["data"]
    assert changed.status_code == 201
    assert changed.headers["cache-control"] == "no-store"
    assert data["secret"] != made["secret"]
    assert (made["old_secret_until"], data["version"]) == (None, 2)
    assert data["old_secret_until"] > data["updated_at"]
    assert "whsec_" not in staff.api.get(path).text


@pytest.mark.rule("API-18", "API-05")
def test_subscription_is_changed_under_its_version_and_switched_off_and_on(staff: Person) -> None:
    made = new_subscription(staff.api)
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    read = matching(staff.api, path)

    off = staff.api.patch(path, json={"enabled": False, "description": "Bar"}, headers=read)
    stale = staff.api.patch(path, json={"enabled": True}, headers=read)
    bare = staff.api.patch(path, json={"enabled": True})
    on = staff.api.patch(path, json={"enabled": True}, headers=matching(staff.api, path))

    assert [one.status_code for one in (off, stale, bare, on)] == [200, 412, 428, 200]
    assert (off.json()["data"]["description"], on.json()["data"]["description"]) == ("Bar", "Bar")
    assert off.json()["data"]["disabled_at"] is not None
    assert on.json()["data"]["disabled_at"] is None


@pytest.mark.rule("EVENT-06", "VAL-02")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("url", "http://shop.example.com/"),
        ("url", "https://127.0.0.1/"),
        ("url", "https://2130706433/"),
        ("url", "https://10.0.0.1:8443/"),
        ("url", "https://169.254.169.254/latest/meta-data/"),
        ("url", "https://[::1]/"),
        ("url", "https://[::ffff:127.0.0.1]/"),
        ("url", "https://user:password@shop.example.com/"),
        ("url", "https://shop.example.com/#part"),
        ("url", "https://shop.example.com:0/"),
        ("url", "gopher://shop.example.com/"),
        ("url", "shop.example.com"),
        ("event_types", ["order.placed", "order.eaten"]),
        ("event_types", ["*"]),
        ("event_types", []),
        ("description", "x" * 201),
        ("secret", "whsec_bWluZQ=="),
    ],
)
def test_wrong_subscription_is_refused_with_422_that_names_what_is_wrong(
    staff: Person, member: str, value: Any
) -> None:
    made = new_subscription(staff.api)
    path = f"{SUBSCRIPTIONS}/{made['id']}"

    answers = [
        staff.api.post(SUBSCRIPTIONS, json=subscription_body(**{member: value})),
        staff.api.patch(path, json={member: value}, headers=matching(staff.api, path)),
    ]

    for answer in answers:
        assert answer.status_code == 422
        assert {field.partition(".")[0] for field in named_fields(answer)} == {member}
        assert "169.254" not in answer.text


@pytest.mark.rule("AUTH-06", "API-05")
def test_subscription_of_somebody_else_is_not_there(api: Api, staff: Person) -> None:
    path = f"{SUBSCRIPTIONS}/{new_subscription(staff.api)['id']}"
    unknown = f"{SUBSCRIPTIONS}/{UNKNOWN_ID}"

    for ask in (
        api.get,
        api.delete,
        lambda one: api.post(f"{one}/secret"),
        lambda one: api.patch(one, json={"enabled": False}, headers={"If-Match": "*"}),
    ):
        foreign, missing = ask(path), ask(unknown)
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.json()["error"] == missing.json()["error"]
    assert staff.api.get(path).status_code == 200
    assert path.rpartition("/")[2] not in {one["id"] for one in walk(api, SUBSCRIPTIONS)}


@pytest.mark.rule("SEC-03")
def test_person_has_no_more_than_so_many(api: Api) -> None:
    person = new_person(api, "staff")
    made = [new_subscription(person.api)["id"] for _ in range(MOST)]

    refused = person.api.post(SUBSCRIPTIONS, json=subscription_body())
    listed = [one["id"] for one in walk(person.api, SUBSCRIPTIONS, limit=7)]
    make_room(person.api)

    assert (refused.status_code, error_code(refused)) == (409, "webhook.too_many")
    assert listed == made[::-1]
    assert walk(person.api, SUBSCRIPTIONS) == []


@pytest.mark.rule("EVENT-06", "JOB-01", "JOB-02")
def test_order_that_is_placed_and_paid_is_told_to_a_receiver_that_can_verify_it(
    sender: Api, receiver: Receiver
) -> None:
    made = new_subscription(
        sender, url=f"{receiver.url}?key=1", event_types=["order.placed", "order.paid"]
    )
    buyer = new_person(sender)

    order = new_order(buyer.api, (new_product(sender), 2))
    arrived(receiver, 1)
    paid = buyer.api.post(f"/v1/orders/{order['id']}/payment").json()["data"]

    verifier = Webhook(made["secret"])
    first, second = arrived(receiver, 2)
    told = [verifier.verify(one.body, one.headers) for one in (first, second)]
    assert [one["type"] for one in told] == ["order.placed", "order.paid"]
    assert [one["data"] for one in told] == [order, paid]
    assert told[0]["timestamp"] == order["created_at"]
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert first.headers["content-type"] == "application/json"
    assert first.path == "/hook?key=1"


@pytest.mark.rule("EVENT-06", "JOB-03")
def test_webhook_that_was_not_taken_comes_again_the_same_and_both_secrets_verify(
    sender: Api, receiver: Receiver
) -> None:
    receiver.answers = [(503, {}), (200, {})]
    made = new_subscription(sender, url=receiver.url, event_types=["order.placed"])
    data = sender.post(f"{SUBSCRIPTIONS}/{made['id']}/secret").json()["data"]

    new_order(sender, (new_product(sender), 1))

    first, second = arrived(receiver, 2)
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(first.headers["webhook-timestamp"]) < int(second.headers["webhook-timestamp"])
    for secret in (made["secret"], data["secret"]):
        Webhook(secret).verify(second.body, second.headers)


@pytest.mark.rule("EVENT-06")
def test_receiver_that_is_gone_is_told_no_more(sender: Api, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    made = new_subscription(sender, url=receiver.url, event_types=["order.placed"])
    path = f"{SUBSCRIPTIONS}/{made['id']}"

    new_order(sender, (new_product(sender), 1))
    arrived(receiver, 1)

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not sender.get(path).json()["data"]["disabled_at"]:
        time.sleep(0.05)
    assert sender.get(path).json()["data"]["disabled_at"] is not None
