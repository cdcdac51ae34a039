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
JOBS = pytest.mark.parametrize("jobs", [True, False], ids=["jobs", "no_jobs"])


def renders(rendered: Rendered, sample: bool, auth: str, jobs: bool) -> list[dict[str, bytes]]:
    """Every framework and every database, with any queue or with none."""
    shared = {"auth": auth, "sample": sample}
    chosen = [
        one for one in matrix.ALL if (one["sample"], one["auth"], one["task_queue"] != "none") == (sample, auth, jobs)
    ]
    for name in ("framework", "database"):
        for missing in set(matrix.choices(name)) - {one[name] for one in chosen}:
            queue = matrix.default("task_queue") if jobs else "none"
            stack = {one: matrix.default(one) for one in ("framework", "database")}
            answers = {**stack, name: missing, **shared, "task_queue": queue}
            chosen.append(matrix.Combination(tuple(answers.items())))
    return [rendering.kept_files(rendered(one)) for one in chosen]


@SAMPLES
@EACH_AUTH
@JOBS
def test_the_api_document_is_the_same(sample: bool, auth: str, jobs: bool, rendered: Rendered) -> None:
    """`make check` of each service compares it with what its framework generates, once that is normalised."""
    assert len({files[CONTRACT] for files in renders(rendered, sample, auth, jobs)}) == 1


@SAMPLES
@EACH_AUTH
@JOBS
def test_the_black_box_suite_is_the_same(sample: bool, auth: str, jobs: bool, rendered: Rendered) -> None:
    suites = [
        {name: content for name, content in files.items() if name.startswith(BLACK_BOX)}
        for files in renders(rendered, sample, auth, jobs)
    ]

    assert len(suites[0]) >= 5
    assert [suite for suite in suites if suite != suites[0]] == []
