"""Every operation of the document, asked with generated data, valid and invalid, the same in every run.

The operations are those of the committed document, which another test holds equal to the served one.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode

from tests.contract.conftest import BASELINE

surface = schemathesis.openapi.from_path(BASELINE)
surface.config.generation.update(
    modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE], deterministic=True
)
# Without 409: what conflicts with the present state was taken for valid before.
REFUSED = ["400", "404", "405", "412", "413", "415", "422", "428"]
surface.config.checks.negative_data_rejection.expected_statuses = REFUSED
surface.config.checks.missing_required_header.expected_statuses = REFUSED
surface.config.checks.positive_data_acceptance.expected_statuses = [
    "2xx",
    "304",
    "400",  # a cursor can have the right form and still be none of ours
    "404",
    "409",
    "412",
    "422",  # text is refused for what it holds, too: control characters, halves of surrogate pairs
    "428",
]


@pytest.mark.rule("API-01", "API-21", "VAL-02", "VAL-06", "TEST-04", "API-05", "SEC-13", "TEST-03")
@surface.parametrize()
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_what_the_document_promises(
    case: schemathesis.Case[Any], contract_url: str
) -> None:
    case.call_and_validate(base_url=contract_url, timeout=10)
