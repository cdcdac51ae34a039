"""Everything that is offered is tried somewhere, and answers that nobody asks for are refused."""

import itertools
from pathlib import Path

import pytest
import yaml

from scripts import layers
from scripts.render import read_answers
from tests.render import matrix

ANSWER_FILES = sorted((matrix.ROOT / "tests" / "answers").glob("*.yml"))


def test_every_question_is_tried() -> None:
    asked = set(matrix.questions())
    tried = {*matrix.CROSSED, *matrix.QUEUED, *matrix.SPREAD, *matrix.WRITTEN}

    assert asked - tried == set(), "say in tests/render/matrix.py how these questions are tried"
    assert tried - asked == set(), "nobody asks these questions any more"


@pytest.mark.parametrize("name", [*matrix.CROSSED, *matrix.QUEUED, *matrix.SPREAD])
def test_every_choice_is_in_a_combination(name: str) -> None:
    assert {combination[name] for combination in matrix.ALL} == set(matrix.choices(name))


def test_every_pair_of_choices_is_in_a_combination() -> None:
    names = (*matrix.CROSSED, *matrix.QUEUED, "ci")
    met = {pair for one in matrix.ALL for pair in matrix.pairs_of({name: one[name] for name in names})}

    assert met == matrix.legal_pairs(names)


def test_every_queue_meets_every_two_answers_that_choose_layers() -> None:
    for names in itertools.combinations(matrix.CROSSED, 2):
        met = {tuple(one[name] for name in (*names, *matrix.QUEUED)) for one in matrix.ALL}
        assert met == {tuple(answers.values()) for answers in matrix.legal((*names, *matrix.QUEUED))}


def test_a_question_that_is_not_asked_has_one_answer() -> None:
    assert [tuple(answers.values()) for answers in matrix.legal(matrix.QUEUED)] == [
        ("celery", "redis"),
        ("celery", "rabbitmq"),
        ("rq", "redis"),
        ("none", "redis"),
    ]
    assert {"broker" in one.data() for one in matrix.ALL if one["task_queue"] == "celery"} == {True}
    assert {"broker" in one.data() for one in matrix.ALL if one["task_queue"] != "celery"} == {False}


def test_every_question_that_offers_choices_is_crossed_or_spread() -> None:
    offering = {
        name for name, question in matrix.questions().items() if "choices" in question or question["type"] == "bool"
    }

    assert offering == {*matrix.CROSSED, *matrix.QUEUED, *matrix.SPREAD}


def test_every_pair_of_choices_is_in_a_service_that_runs() -> None:
    met = set().union(*map(matrix.pairs_of, matrix.pairwise(matrix.STACK)))

    assert met == matrix.legal_pairs(matrix.STACK)


def test_the_services_that_run_are_no_more_than_needed() -> None:
    # A framework and a queue each with its broker: no fewer would do.
    assert len(matrix.pairwise(matrix.STACK)) == len(matrix.legal(("framework", *matrix.QUEUED)))
    assert matrix.pairwise(matrix.STACK)[0] == {name: matrix.default(name) for name in matrix.STACK}


@pytest.mark.parametrize(
    ("name", "file"),
    [("database", "databases.yml"), ("framework", "frameworks.yml"), ("auth", "auth.yml"), ("broker", "brokers.yml")],
)
def test_every_choice_has_facts_of_the_same_shape(name: str, file: str) -> None:
    facts = yaml.safe_load((matrix.ROOT / "facts" / file).read_text(encoding="utf-8"))

    assert set(facts) == set(matrix.choices(name))
    shapes = {choice: set(fact) for choice, fact in facts.items()}
    assert len({frozenset(shape) for shape in shapes.values()}) == 1, shapes


def test_every_framework_is_in_a_file_of_answers_with_every_database() -> None:
    answered = {
        tuple(read_answers(path).get(name, matrix.default(name)) for name in ("framework", "database"))
        for path in ANSWER_FILES
    }

    assert answered == set(itertools.product(matrix.choices("framework"), matrix.choices("database")))


def test_the_named_answers_are_rendered_into_folders_of_their_own() -> None:
    default = matrix.default("project_name")
    names = [read_answers(path).get("project_name", default) for path in ANSWER_FILES]

    assert sorted(names) == sorted(set(names))


def test_every_layer_has_a_flag_and_every_flag_a_layer() -> None:
    flags = {name for name in matrix.computed() if name.startswith("on_")}

    assert layers.layer_folders() == flags


@pytest.mark.parametrize("flag", sorted(layers.layer_folders()))
def test_every_layer_that_is_offered_is_rendered_and_left_out(flag: str) -> None:
    states = {layers.context(combination.data())[flag] for combination in matrix.ALL}

    assert states == {".", ""}


@pytest.mark.parametrize("path", ANSWER_FILES, ids=lambda path: path.stem)
def test_the_files_of_answers_answer_questions_that_are_asked(path: Path) -> None:
    for name, value in read_answers(path).items():
        if name in (*matrix.CROSSED, *matrix.QUEUED, *matrix.SPREAD):
            assert value in matrix.choices(name), f"{path.name}: {name}"


def test_an_answer_that_nobody_asks_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.yml"
    path.write_text("databse: sqlite\n")

    with pytest.raises(SystemExit, match="no question is called databse"):
        read_answers(path)
