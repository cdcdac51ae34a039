"""The check of revisions refuses what a reviewer would send back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repo.commands import copy_of_the_repository, script
from tests.support.revisions import GOOD, PLANTED, WITHOUT_WAY_BACK


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository for the tests of this module."""
    return copy_of_the_repository(tmp_path_factory.mktemp("lint") / "copy")


def lint(copy: Path, revision: str) -> tuple[int, str]:
    """Lint the revisions of the copy with one more."""
    path = copy / PLANTED
    path.write_text(revision, encoding="utf-8")
    finished = script("migrations", "lint", folder=copy)
    path.unlink()
    return finished.returncode, finished.stdout


@pytest.mark.rule("MIG-06", "MIG-02")
def test_explained_revision_that_goes_both_ways_passes(copy: Path) -> None:
    assert lint(copy, GOOD)[0] == 0


@pytest.mark.rule("MIG-02", "MIG-06", "MIG-12")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Locking: short, no rewrite of the table.", "Locking:", "Locking"),
        (
            "Purpose: support wants to see why a key was used.",
            "Purpose: say why the schema changes.",
            "Purpose",
        ),
        WITHOUT_WAY_BACK,
        ("Impact: one nullable column;", "Impact: breaking, one column;", "docs/migrations.md"),
    ],
    ids=["unfilled", "as the template left it", "one way", "breaking and unannounced"],
)
def test_revision_a_reviewer_would_send_back_is_refused(
    copy: Path, old: str, new: str, said: str
) -> None:
    assert GOOD.count(old) == 1

    code, output = lint(copy, GOOD.replace(old, new))

    assert code == 1
    assert PLANTED.name in output
    assert said in output
