"""Which answers the renders are tried with: every legal combination, worked out from the question files.

A choice added to a question is in the matrix at once. A question added is not: say here how it is tried, or
`test_matrix.py` fails.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]

# Each value of these with each value of the others: they add layers, and layers meet one another.
CROSSED = ("framework", "database", "auth", "sample")
# Each value at least once, spread over the combinations: they change the text of single files.
SPREAD = ("ci", "python_version", "license")
# What a service is built on: each with each other has to work in a service that runs, not only in its files.
STACK = ("framework", "database", "python_version", "auth", "sample")
# Layers of a question that is not offered yet, which no render has.
NOT_OFFERED = frozenset({"on_celery", "on_jobs", "on_rq"})
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


@cache
def pairwise(names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Few sets of answers in which each choice of a question meets each choice of every other.

    The first holds the default answers. The next is always one that brings the most new pairs; of several, the first.
    Which is first matters, so each order is tried that begins elsewhere, and the shortest result taken: it is the same
    on every machine, and grows by itself with a choice.
    """
    candidates = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(choices(name) for name in names))
    ]
    pairs = [(answers, pairs_of(answers)) for answers in candidates]
    default = {name: questions()[name]["default"] for name in names}
    wanted = set().union(*(found for _, found in pairs)) - pairs_of(default)

    def beginning_at(place: int) -> list[dict[str, Any]]:
        chosen, missing = [default], set(wanted)
        while missing:
            best, found = max(pairs[place:] + pairs[:place], key=lambda candidate: len(candidate[1] & missing))
            chosen.append(best)
            missing -= found
        return chosen

    tried = [beginning_at(place) for place in range(len(candidates))]
    shortest = min(tried, key=len)
    return tuple(shortest)


def combinations() -> Iterator[Combination]:
    """Every legal combination of the crossed questions; the spread ones take turns, so that each meets all of these."""
    for places in itertools.product(*(range(len(choices(name))) for name in CROSSED)):
        crossed = [(name, choices(name)[place]) for name, place in zip(CROSSED, places, strict=True)]
        spread = [(name, choices(name)[sum(places) % len(choices(name))]) for name in SPREAD]
        yield Combination((*crossed, *spread))


ALL = tuple(combinations())
