"""Pages of other origins: one that nobody has listed may ask, and may not read."""

from __future__ import annotations

import pytest

from tests.blackbox.client import Api

NOT_LISTED = ("https://evil.example", "null", "*")


@pytest.mark.rule("API-20")
@pytest.mark.parametrize("origin", NOT_LISTED)
@pytest.mark.parametrize("path", ["/v1/nowhere", "/openapi.json", "/health/live"])
def test_origin_that_is_not_listed_is_granted_nothing(api: Api, path: str, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}

    plain = api.get(path, headers={"Origin": origin})
    preflight = api.request("OPTIONS", path, headers=asked)

    assert plain.status_code == api.get(path).status_code
    assert preflight.status_code in (404, 405)
    for answer in (plain, preflight):
        told = [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert told == []
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
