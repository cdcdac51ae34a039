"""Most of a service is the same file with every framework: the layers hold only what has to differ."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import tree
from tests.render import matrix, rendering

# 92 and 73 % of the files (make weights); a new file of a layer's own should not fail this, a copied service has to.
AT_LEAST = {"flask": 0.70, "django": 0.60}


@pytest.mark.parametrize("database", matrix.choices("database"))
@pytest.mark.parametrize("framework", [name for name in matrix.choices("framework") if name != "fastapi"])
def test_most_files_are_those_of_the_default_framework(
    framework: str, database: str, rendered: Callable[[matrix.Combination], Path]
) -> None:
    ours, theirs = (contents(rendered, one, database) for one in (framework, "fastapi"))

    found = tree.share(ours, theirs)

    assert found.of_files >= AT_LEAST[framework]
    assert found.of_lines >= AT_LEAST[framework] - 0.1
    assert set(AT_LEAST) == set(matrix.choices("framework")) - {"fastapi"}


def contents(rendered: Callable[[matrix.Combination], Path], framework: str, database: str) -> dict[str, bytes]:
    """What users of a framework get, without their answers."""
    chosen = {"framework": framework, "database": database}
    files = rendering.kept_files(rendered(matrix.Combination(tuple(chosen.items()))))
    return {name: content for name, content in files.items() if name != tree.ANSWERS_FILE}
