"""Revisions that would stop a running service are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repo.commands import copy_of_the_repository
from tests.repo.test_revision_lint import lint
from tests.support.revisions import running

UNSAFE = {
    "adding-required-field": "ALTER TABLE idempotency_keys ADD COLUMN note text NOT NULL",
    "renaming-column": "ALTER TABLE idempotency_keys RENAME COLUMN data TO answer",
    "require-concurrent-index-creation": "CREATE INDEX ix_d ON idempotency_keys (status)",
    "changing-column-type": "ALTER TABLE idempotency_keys ALTER COLUMN status TYPE text",
    "adding-not-nullable-field": "ALTER TABLE idempotency_keys ALTER COLUMN status SET NOT NULL",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository for the tests of this module."""
    return copy_of_the_repository(tmp_path_factory.mktemp("unsafe") / "copy")


@pytest.mark.rule("MIG-09")
@pytest.mark.parametrize("name", UNSAFE)
def test_step_that_stops_a_running_service_is_refused(copy: Path, name: str) -> None:
    code, output = lint(copy, running(UNSAFE[name]))

    assert code == 1
    assert name in output
