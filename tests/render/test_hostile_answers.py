r"""Free answers may hold whatever a person can write; every file stays whole, and the words come back as they were.

Each text is given as name, description and author at once.
"""

import itertools
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.render import formats, matrix, rendering

HOSTILE = {
    "quotes": 'It\'s the "best" `service` of \u201call\u201d, """really""" \'\'\'so\'\'\'',
    "hash-and-colon": "# not: a comment: - nor a list # of: things",
    "backslashes": r"C:\new\table \\server\share \u0041 \x41 \N{DASH} \\",
    "braces": "{{ project_slug }} {% raw %} {# gone? #} ${HOME} $(id) {0} %s %(name)s",
    "line-breaks": "First line\nsecond: line\r\n\n# third line\n- fourth",
    "markup": "<script>alert(1)</script> & <!-- --> [a](http://b) ![c](d) | e | *f* _g_ ~h~",
    "emoji": "Bestellungen 📦 für Żółć, 東京と Ελλάδα — «naïve» ☕️",
    "yaml-words": "yes",
    "yaml-number": "1e3",
    "yaml-null": "~",
    "flow": "[a, b]: {c: d}, &anchor *alias !tag |- > % @ `",
    "shell": "'; rm -rf ~; echo $PATH `id` && true || false > /dev/null #",
    "jinja-end": "%} }} #} -%} {%- endraw -%}",
    "toml-ends": "'''\"\"\"\\",
    "leading-dash": "- starts a list = and a [section]",
    "200-characters": "Ä" * 66 + " " + "'\"" * 33 + " " + "0" * 66,
}
LONGEST_PACKAGE = "a" * 15 + "_" + "b" * 14
# All other answers take turns, so that every pair of choices meets hostile text.
PAIRWISE = matrix.pairwise(matrix.CROSSED)
CASES = [
    pytest.param(text, PAIRWISE[number % len(PAIRWISE)], id=name) for number, (name, text) in enumerate(HOSTILE.items())
]
EACH_STACK = pytest.mark.parametrize(
    ("framework", "database"), [*itertools.product(matrix.choices("framework"), matrix.choices("database"))]
)


def test_the_texts_meet_every_pair_of_choices() -> None:
    assert len(HOSTILE) >= len(PAIRWISE), "add texts, or cross the two"


@pytest.mark.parametrize(("text", "chosen"), CASES)
def test_every_file_stays_whole(text: str, chosen: dict[str, Any], template: Path, tmp_path: Path) -> None:
    assert len(text) <= 200
    one_line = " ".join(text.split())
    answers = {**chosen, "project_name": text, "description": text, "author_name": text}
    root = rendering.render(template, tmp_path / "service", answers)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert list(formats.problems(root, rendering.files(root))) == []
    assert project["description"] == one_line
    assert project["authors"][0]["name"] == one_line
    kept = yaml.safe_load((root / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert kept["description"] == text
    assert kept["project_name"] == text
    document = json.loads((root / "openapi" / "v1.json").read_text(encoding="utf-8"))
    assert re.fullmatch("[a-z][a-z0-9-]*", document["info"]["title"])
    title, *paragraphs = shown((root / "README.md").read_text(encoding="utf-8"))
    assert title == one_line, "no mark of it became a list, a link or a tag"
    assert any(one_line in paragraph for paragraph in paragraphs[:3])
    ruff = formats.tool("ruff")
    assert formats.run(ruff, "format", "--check", "--no-cache", ".", cwd=root) == ""
    assert formats.run(ruff, "check", "--no-cache", ".", cwd=root) == ""
    assert formats.run("make", "--dry-run", "UV=uv", "help", cwd=root) == ""


def shown(page: str) -> list[str]:
    """The words that a reader of a Markdown page sees, block by block."""
    return [
        "".join(
            {"softbreak": " "}.get(
                child.type, child.content if child.type in {"text", "code_inline"} else f"<{child.type}>"
            )
            for child in token.children
        )
        for token in MarkdownIt().parse(page)
        if token.children
    ]


@EACH_STACK
def test_the_longest_names_still_fit_the_formatter(
    framework: str, database: str, template: Path, tmp_path: Path
) -> None:
    answers = {
        "framework": framework,
        "database": database,
        "package_name": LONGEST_PACKAGE,
        "project_slug": "a" + "-b" * 24,
        "author_email": "a" * 60 + "@" + "b" * 60 + ".example.com",
    }
    root = rendering.render(template, tmp_path / "service", answers)

    assert len(LONGEST_PACKAGE) == 30
    assert list(formats.problems(root, rendering.files(root))) == []
    assert formats.run(formats.tool("ruff"), "format", "--check", "--no-cache", ".", cwd=root) == ""
    assert formats.run(formats.tool("ruff"), "check", "--no-cache", ".", cwd=root) == ""


@EACH_STACK
def test_the_shortest_names_still_fit_the_formatter(
    framework: str, database: str, template: Path, tmp_path: Path
) -> None:
    answers = {"framework": framework, "database": database, "package_name": "zz", "project_slug": "zz"}
    root = rendering.render(template, tmp_path / "service", answers)

    assert formats.run(formats.tool("ruff"), "format", "--check", "--no-cache", ".", cwd=root) == ""
    assert formats.run(formats.tool("ruff"), "check", "--no-cache", ".", cwd=root) == ""
