"""Which answers the renders are tried with: every legal combination, worked out from the question files.

A choice added to a question is in the matrix at once. A question added is not: say here how it is tried, or
`test_matrix.py` fails.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]

# Each value of these with each value of the others: they add layers, and layers meet one another.
CROSSED = ("framework", "database", "sample", "ci")
# Each value at least once, spread over the combinations: they change the text of single files.
SPREAD = ("python_version", "license")
# What a service is built on: each with each other has to work in a service that runs, not only in its files.
STACK = ("framework", "database", "python_version", "sample")
# Free text: tried with hostile values in test_hostile_answers.py.
WRITTEN = ("project_name", "project_slug", "package_name", "description", "author_name", "author_email")


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Every question that a person is asked, by name, in the order of asking."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "questions").glob("*.yml")):
        for name, question in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if question.get("when") is not False:
                found[name] = question
    return found


@cache
def computed() -> set[str]:
    """Names of the computed answers, which nobody is asked."""
    names: set[str] = set()
    for path in sorted((ROOT / "questions").glob("*.yml")):
        for name, question in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if question.get("when") is False:
                names.add(name)
    return names


def choices(name: str) -> list[Any]:
    """What can be answered to a question that offers a choice."""
    question = questions()[name]
    if question["type"] == "bool":
        return [True, False]
    offered = question["choices"]
    return list(offered.values()) if isinstance(offered, dict) else list(offered)


@dataclass(frozen=True)
class Combination:
    """One set of answers, with a name for the test report."""

    answers: tuple[tuple[str, Any], ...]

    def __getitem__(self, name: str) -> Any:
        return dict(self.answers)[name]

    def __str__(self) -> str:
        return "-".join(
            (name if value else f"no_{name}") if isinstance(value, bool) else str(value) for name, value in self.answers
        )

    def data(self) -> dict[str, Any]:
        """The answers in the form Copier takes."""
        return dict(self.answers)


def pairs_of(answers: dict[str, Any]) -> set[tuple[tuple[str, Any], tuple[str, Any]]]:
    """Every two answers that meet in a set of answers."""
    return set(itertools.combinations(answers.items(), 2))


def pairwise(names: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Few sets of answers in which each choice of a question meets each choice of every other.

    The first holds the default answers. Of those that bring as many new pairs, the one earlier in the order of the
    choices is taken: the result is the same on every machine, and grows by itself with a choice.
    """
    candidates = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(choices(name) for name in names))
    ]
    missing = set().union(*(pairs_of(answers) for answers in candidates))
    chosen = [{name: questions()[name]["default"] for name in names}]
    missing -= pairs_of(chosen[0])
    while missing:
        chosen.append(max(candidates, key=lambda answers: len(pairs_of(answers) & missing)))
        missing -= pairs_of(chosen[-1])
    return tuple(chosen)


def combinations() -> Iterator[Combination]:
    """Every legal combination of the crossed questions; the spread ones take turns."""
    turns = {name: itertools.cycle(choices(name)) for name in SPREAD}
    for values in itertools.product(*(choices(name) for name in CROSSED)):
        spread = [(name, next(turns[name])) for name in SPREAD]
        yield Combination((*zip(CROSSED, values, strict=True), *spread))


ALL = tuple(combinations())
