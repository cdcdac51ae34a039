"""Word for word the same black-box suite passes against every framework on every database.

Most pairs run it as a part of their own `make test` (test_services.py); the others run it here, and nothing else.
"""

import itertools
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.render import matrix
from tests.services import running

PAIRS = {*itertools.product(matrix.choices("framework"), matrix.choices("database"))}
IN_FULL = {(one["framework"], one["database"]) for one in matrix.pairwise(matrix.STACK) if one["sample"]}
HERE = sorted(PAIRS - IN_FULL)


@pytest.mark.parametrize(("framework", "database"), HERE)
def test_the_black_box_suite_passes(
    framework: str,
    database: str,
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setenv("SKIP_HOOK_DATABASE", "1")
    python = matrix.default("python_version")
    answers = {"framework": framework, "database": database, "python_version": running.python(python)}
    with ExitStack() as stack:
        variables = {}
        if database == "mysql":
            variables["TEST_DATABASE_URL"] = stack.enter_context(running.own_database(database))
        service = stack.enter_context(running.set_up(template, running.name_of(answers), variables, **answers))
        tested = service.run(".venv/bin/python", "-m", "pytest", "-q", "--no-cov", "tests/blackbox")

    assert tested.status == 0, tested.tail()
    passed = re.search(r"^(\d+) passed in ", tested.output, re.MULTILINE)
    assert passed, f"not one, or not only passed: {tested.tail()}"
    record_property(
        "service",
        {"name": service.root.name, "black box": int(passed[1]), "seconds": round(tested.seconds)},
    )
