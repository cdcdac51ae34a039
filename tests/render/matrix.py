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

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXTS = jinja2.Environment(autoescape=False)

# Each value of these with each value of the others: they add layers, and layers meet one another.
CROSSED = ("framework", "database", "auth", "sample")
# They add layers, too. So many renders would take too long: each value meets each of the crossed ones, in turns.
QUEUED = ("task_queue", "broker")
# Each value at least once, spread over the combinations: they change the text of single files.
SPREAD = ("ci", "python_version", "license")
# What a service is built on: each with each other has to work in a service that runs, not only in its files.
STACK = ("framework", "database", "python_version", "auth", "sample", *QUEUED)
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


@cache
def default(name: str) -> Any:
    """What Enter alone answers in a new service."""
    chosen = questions()[name]["default"]
    return TEXTS.from_string(chosen).render() if isinstance(chosen, str) else chosen


def is_asked(name: str, answers: dict[str, Any]) -> bool:
    """Whether a person who gave these answers is asked the question."""
    return TEXTS.from_string(str(questions()[name].get("when", True))).render(answers) == "True"


def is_legal(answers: dict[str, Any]) -> bool:
    """Whether these answers can be given together: a question that is not asked has its default."""
    return all(value == default(name) or is_asked(name, answers) for name, value in answers.items())


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
        """The answers in the form Copier takes: to questions that are asked."""
        return {name: value for name, value in self.answers if is_asked(name, dict(self.answers))}


def legal(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Every set of answers to these questions that can be given."""
    found = (dict(zip(names, values, strict=True)) for values in itertools.product(*(choices(name) for name in names)))
    return [answers for answers in found if is_legal(answers)]


def pairs_of(answers: dict[str, Any]) -> set[tuple[tuple[str, Any], tuple[str, Any]]]:
    """Every two answers that meet in a set of answers."""
    return set(itertools.combinations(answers.items(), 2))


def legal_pairs(names: tuple[str, ...]) -> set[tuple[tuple[str, Any], tuple[str, Any]]]:
    """Every two answers to different ones of these questions that can meet."""
    return set().union(*map(pairs_of, legal(names)))


@cache
def pairwise(names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Few sets of answers in which each choice of a question meets each choice of every other that it may meet.

    The first holds the default answers. The next is always one that brings the most new pairs; of several, the first.
    Which is first matters, so each order is tried that begins elsewhere, and the shortest result taken: it is the same
    on every machine, and grows by itself with a choice.
    """
    candidates = legal(names)
    bits = {pair: 1 << place for place, pair in enumerate(sorted(legal_pairs(names), key=repr))}
    pairs = [(answers, sum(bits[pair] for pair in pairs_of(answers))) for answers in candidates]
    first = {name: default(name) for name in names}
    wanted = sum(bits.values()) & ~sum(bits[pair] for pair in pairs_of(first))

    def beginning_at(place: int) -> list[dict[str, Any]]:
        chosen, missing = [first], wanted
        while missing:
            best, found = max(pairs[place:] + pairs[:place], key=lambda candidate: (candidate[1] & missing).bit_count())
            chosen.append(best)
            missing &= ~found
        return chosen

    tried = [beginning_at(place) for place in range(len(candidates))]
    shortest = min(tried, key=len)
    return tuple(shortest)


def crossed() -> Iterator[dict[str, Any]]:
    """Every legal set of answers that chooses layers."""
    yield from legal((*CROSSED, *QUEUED))


def combinations() -> Iterator[Combination]:
    """Every set of answers to the crossed questions. The others take turns, so that each value meets all of these.

    A queue meets every two of them: these are the steps in which it is at each pair's turn.
    """
    queues, steps = legal(QUEUED), (1, 1, 2, 3)
    for places in itertools.product(*(range(len(choices(name))) for name in CROSSED)):
        answers = [(name, choices(name)[place]) for name, place in zip(CROSSED, places, strict=True)]
        turn = sum(place * step for place, step in zip(places, steps, strict=True))
        queue = queues[turn % len(queues)].items()
        spread = [(name, choices(name)[sum(places) % len(choices(name))]) for name in SPREAD]
        yield Combination((*answers, *queue, *spread))


ALL = tuple(combinations())
