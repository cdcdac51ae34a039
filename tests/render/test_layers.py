"""One source per destination, and Copier puts the layers where the tree says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import layers
from tests.render import matrix, rendering
from tests.render.matrix import ALL, Combination


def test_no_two_layers_write_one_file(template: Path) -> None:
    for answers in matrix.crossed():
        found = layers.sources(answers, template / "template")
        twice = {name: paths for name, paths in found.items() if len(paths) > 1}

        assert twice == {}, answers


def test_the_check_above_sees_two_layers_that_write_one_file(tmp_path: Path) -> None:
    for name in ("README.md.jinja", "{{ on_sqlite }}/README.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")

    found = layers.sources({"database": "sqlite"}, tmp_path)

    assert found == {"README.md": ["README.md.jinja", "{{ on_sqlite }}/README.md"]}


@pytest.mark.parametrize("combination", ALL, ids=str)
def test_a_render_holds_the_files_of_its_layers_and_no_other(
    combination: Combination, rendered: Callable[[Combination], Path], template: Path
) -> None:
    expected = set(layers.sources(combination.data(), template / "template"))

    assert set(rendering.kept_files(rendered(combination))) == expected


def test_answers_differ_by_their_layers_only(rendered: Callable[[Combination], Path]) -> None:
    """Folders are never left behind empty, and no file of a layer lies under the layer's own name."""
    for combination in ALL[:2]:
        folders = [path for path in rendered(combination).rglob("*") if path.is_dir()]
        assert [path for path in folders if not any(path.iterdir())] == []
        assert [path for path in folders if "{" in path.name or path.name.startswith("on_")] == []
