"""Nothing random, dated or machine-dependent is in a rendered file: it would conflict on every update."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest

from tests.render import matrix, rendering


def test_two_renders_are_equal_byte_by_byte(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rendering.render(template, tmp_path / "first", {})
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "somebody-else")
    time.tzset()
    # From a copy of the template elsewhere.
    elsewhere = shutil.copytree(template, tmp_path / "elsewhere")
    second = rendering.render(elsewhere, tmp_path / "deeper" / "second", {})
    monkeypatch.undo()
    time.tzset()

    one, other = rendering.files(first), rendering.files(second)
    answers = ".copier-answers.yml"
    path = re.compile(rb"^_src_path: .*$", re.MULTILINE)  # Copier notes where the template was
    assert path.sub(b"", one.pop(answers)) == path.sub(b"", other.pop(answers))
    assert one == other


@pytest.mark.parametrize("combination", matrix.ALL[:1], ids=str)
def test_no_path_of_this_machine_is_rendered(template: Path, tmp_path: Path, combination: matrix.Combination) -> None:
    root = rendering.render(template, tmp_path / "service", combination.data())
    mine = [str(matrix.ROOT), str(tmp_path), str(Path.home()) + os.sep]

    found = [
        name
        for name, content in rendering.files(root).items()
        if name != ".copier-answers.yml" and any(word.encode() in content for word in mine)
    ]

    assert found == []
