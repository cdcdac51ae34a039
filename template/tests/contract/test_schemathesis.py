"""Every operation of the document, asked with generated data, valid and invalid, the same in every run.

The operations are those of the committed document, which another test holds equal to the served one.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode

from tests.blackbox.client import Api
from tests.blackbox.people import Person, new_person
from tests.contract.conftest import BASELINE
from tests.contract.requests import collected
from tests.support.proofs import CURRENT

surface = schemathesis.openapi.from_path(BASELINE)
surface.config.generation.update(
    modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE], deterministic=True
)
# Without 409: what conflicts with the present state was taken for valid before.
REFUSED = ["400", "401", "403", "404", "405", "412", "413", "415", "422", "428"]
surface.config.checks.negative_data_rejection.expected_statuses = REFUSED
surface.config.checks.missing_required_header.expected_statuses = REFUSED
surface.config.checks.positive_data_acceptance.expected_statuses = [
    "2xx",
    "304",
    "400",  # a cursor can have the right form and still be none of ours
    "401",  # so can a password, and what was given for one
    "403",  # and the current password that a change of it asks for
    "404",
    "409",
    "412",
    "422",  # text is refused for what it holds, too: control characters, halves of surrogate pairs
    "428",
]


ACCESS = collected("ACCESS")
# Before credentials are asked for, a request has to be one, and small enough to be looked at.
NOTHING_DONE = {400, 401, 404, 405, 413}
SIGN_OUT = ("DELETE", CURRENT)


@pytest.fixture(scope="module")
def passer_by(api: Api) -> Person:
    """Somebody whose logins may end."""
    return new_person(api)


def shown(case: schemathesis.Case[Any], api: Api, passer_by: Person) -> dict[str, str]:
    """What shows the administrator, or somebody whose login may come to its end."""
    is_sign_out = (case.method, case.path) == SIGN_OUT
    caller = api.signed_in_as(passer_by.account) if is_sign_out else api
    assert caller.auth is not None
    return caller.auth.proof(api.base_url)


@pytest.mark.rule("API-01", "API-21", "VAL-02", "VAL-06", "TEST-04", "API-05", "SEC-13", "TEST-03")
@surface.parametrize()
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_what_the_document_promises(
    case: schemathesis.Case[Any], api: Api, passer_by: Person
) -> None:
    headers = shown(case, api, passer_by)

    case.call_and_validate(base_url=api.base_url, timeout=10, headers=headers)


@pytest.mark.rule("AUTH-01", "API-05", "SEC-13", "TEST-03")
@surface.parametrize()
@settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_without_credentials_does_nothing_unless_it_is_public(
    case: schemathesis.Case[Any], contract_url: str
) -> None:
    response = case.call(base_url=contract_url, timeout=10)

    is_public = ACCESS[case.operation.method.upper(), case.path].permission is None
    assert is_public or response.status_code in NOTHING_DONE
