"""The engine that was asked for is the one these tests run on."""

import pytest

from tests.rules.source import answer
from tests.support.databases import ENGINE
from tests.support.engine import describe_server


@pytest.mark.rule("STACK-03")
def test_the_tests_run_on_the_database_that_was_chosen(database_url: str) -> None:
    assert answer("database") == ENGINE
    assert database_url.startswith(f"{ENGINE}://")
    assert describe_server()
