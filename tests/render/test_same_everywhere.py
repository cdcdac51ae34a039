"""What callers see is the same with every framework and database, because it is one file, byte for byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render import matrix, rendering

Rendered = Callable[[matrix.Combination], Path]
CONTRACT = "openapi/v1.json"
BLACK_BOX = "tests/blackbox/"
SAMPLES = pytest.mark.parametrize("sample", [True, False], ids=["sample", "no_sample"])
EACH_AUTH = pytest.mark.parametrize("auth", matrix.choices("auth"))


def renders(rendered: Rendered, sample: bool, auth: str) -> list[dict[str, bytes]]:
    """Every framework on every database."""
    chosen = [one for one in matrix.ALL if one["sample"] == sample and one["auth"] == auth]
    assert len(chosen) == len(matrix.choices("framework")) * len(matrix.choices("database"))
    return [rendering.kept_files(rendered(one)) for one in chosen]


@SAMPLES
@EACH_AUTH
def test_the_api_document_is_the_same(sample: bool, auth: str, rendered: Rendered) -> None:
    """`make check` of each service compares it with what its framework generates, once that is normalised."""
    assert len({files[CONTRACT] for files in renders(rendered, sample, auth)}) == 1


@SAMPLES
@EACH_AUTH
def test_the_black_box_suite_is_the_same(sample: bool, auth: str, rendered: Rendered) -> None:
    suites = [
        {name: content for name, content in files.items() if name.startswith(BLACK_BOX)}
        for files in renders(rendered, sample, auth)
    ]

    assert len(suites[0]) >= 5
    assert [suite for suite in suites if suite != suites[0]] == []
