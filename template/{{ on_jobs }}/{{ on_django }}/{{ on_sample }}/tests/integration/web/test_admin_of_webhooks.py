"""The admin pages of webhook subscriptions: they show neither where to nor what signs."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.blackbox.subscriptions import SUBSCRIPTIONS, subscription_body
from tests.support.admin import EMAIL, PASSWORD, Visitor, migrated_database, visited
from tests.support.callers import Account, SignedIn

SUBSCRIPTION = subscription_body(description="Kitchen <b>")
PAGE = "/admin/webhooks/subscriptionrow/"


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    """A superuser with a subscription."""
    with migrated_database() as url, visited(url) as person:
        superuser = SignedIn(Account(EMAIL, PASSWORD))
        with httpx2.Client(base_url=person.base_url, auth=superuser, trust_env=False) as client:
            made = client.post(SUBSCRIPTIONS, json=SUBSCRIPTION)
            assert made.status_code == 201
        person.log_in()
        yield person


@pytest.mark.rule("SEC-17")
def test_subscription_is_shown_without_url_and_secret(visitor: Visitor) -> None:
    listed = visitor.open(PAGE).text
    link = re.search(rf'href="({PAGE}[^"]+/change/)', listed)
    assert link is not None
    shown = visitor.open(link[1]).text

    assert "Kitchen &lt;b&gt;" in listed
    assert SUBSCRIPTION["event_types"][0] in shown
    for page in (listed, shown):
        assert SUBSCRIPTION["url"] not in page
        assert "whsec_" not in page
        assert "v1." not in page
