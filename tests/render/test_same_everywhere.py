"""What callers see is the same with every framework and database, because it is one file, byte for byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render import matrix, rendering

Rendered = Callable[[matrix.Combination], Path]
CONTRACT = "openapi/v1.json"
BLACK_BOX = "tests/blackbox/"
SAMPLES = pytest.mark.parametrize("sample", [True, False], ids=["sample", "no_sample"])


def renders(rendered: Rendered, sample: bool) -> list[dict[str, bytes]]:
    """Every framework on every database."""
    chosen = [one for one in matrix.ALL if one["sample"] == sample and one["ci"] == "github"]
    assert len(chosen) == len(matrix.choices("framework")) * len(matrix.choices("database"))
    return [rendering.kept_files(rendered(one)) for one in chosen]


@SAMPLES
def test_the_api_document_is_the_same(sample: bool, rendered: Rendered) -> None:
    """`make check` of each service compares it with what its framework generates, once that is normalised."""
    assert len({files[CONTRACT] for files in renders(rendered, sample)}) == 1


@SAMPLES
def test_the_black_box_suite_is_the_same(sample: bool, rendered: Rendered) -> None:
    suites = [
        {name: content for name, content in files.items() if name.startswith(BLACK_BOX)}
        for files in renders(rendered, sample)
    ]

    assert len(suites[0]) >= 5
    assert [suite for suite in suites if suite != suites[0]] == []
