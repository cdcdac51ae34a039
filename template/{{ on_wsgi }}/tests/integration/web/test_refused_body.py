"""What becomes of a connection whose request was refused before all of it was read."""

import httpx2
import pytest

from tests.support.running import running_service


@pytest.mark.rule("SEC-15")
def test_client_learns_that_the_connection_ends_and_takes_another() -> None:
    with (
        running_service() as service,
        httpx2.Client(base_url=service.base_url, trust_env=False) as client,
    ):
        answers = [
            (client.post("/v1/any", content=b"0" * 2_000_000), client.get("/health/live"))
            for _ in range(20)
        ]

    assert {refused.status_code for refused, _ in answers} == {413}
    assert {refused.headers["connection"] for refused, _ in answers} == {"close"}
    assert {following.status_code for _, following in answers} == {200}
