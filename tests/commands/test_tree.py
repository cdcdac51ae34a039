"""`make tree` and `make weights`: what a service holds, from which layer, and how much of it frameworks share."""

import re
import subprocess
import sys

import pytest

from scripts import tree
from scripts.render import ROOT
from tests.render import matrix

DEFAULT, *OTHERS = tree.choices("framework")


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "scripts.tree", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_framework_and_every_database_can_be_asked_for() -> None:
    for name in ("framework", "database"):
        assert set(tree.choices(name)) == set(matrix.choices(name))
        assert tree.choices(name)[0] == matrix.default(name)


@pytest.mark.parametrize("framework", matrix.choices("framework"))
def test_the_tree_names_the_layer_of_each_file(framework: str) -> None:
    shown = run(framework, "sqlite")

    assert re.search(r"^README\.md +base$", shown, re.MULTILINE)
    assert re.search(r"^src/\n  demo_service/$", shown, re.MULTILINE)
    assert re.search(rf"^      app\.py +{framework}$", shown, re.MULTILINE), "web/app.py"
    assert re.search(rf"^ +\d+ files  {framework}$", shown, re.MULTILINE)
    assert "postgresql" not in shown
    counted = sum(int(number) for number in re.findall(r"^ +(\d+) files  ", shown, re.MULTILINE))
    assert counted == len(tree.layers_of(framework, "sqlite"))


def test_make_hands_the_answers_on() -> None:
    command = ["make", "--dry-run", "tree", "FRAMEWORK=flask", "DATABASE=sqlite"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "scripts.tree flask sqlite" in done.stdout


def test_only_equal_bytes_are_shared() -> None:
    ours = {"same": b"1\n2\n", "differs": b"1\n", "ours": b"1\n"}
    theirs = {"same": b"1\n2\n", "differs": b"1", "theirs": b"1\n2\n3\n"}

    found = tree.share(ours, theirs)

    assert (found.files, found.shared_files, found.lines, found.shared_lines) == (3, 1, 4, 2)
    assert (found.of_files, found.of_lines) == (1 / 3, 1 / 2)
