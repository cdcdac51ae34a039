"""One render per combination, made when it is first asked for and shared by all tests of all processes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render import matrix, rendering


@pytest.fixture(scope="session")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[matrix.Combination], Path]:
    """The folder of a combination's render. Tests may read it only."""
    base = tmp_path_factory.getbasetemp()
    # Each process that shares the tests has a folder below the one of the run.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "renders"

    def folder(combination: matrix.Combination) -> Path:
        return rendering.render_once(template, shared / str(combination) / "service", combination.data())

    return folder
