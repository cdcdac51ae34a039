"""Answers that are refused, each with the message a person reads."""

import keyword
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.render import ROOT
from tests.questions.conftest import Ask

LONG = "x" * 201
SLUG = "Use lower-case letters a-z, digits and single hyphens, a letter first, like orders-service."
PACKAGE = "Use lower-case letters a-z, digits and single underscores, a letter first, like orders_service."
HIDDEN = "Remove it. (Line breaks are fine: they become spaces.)"


def refusal(ask: Ask, question: str, answer: Any) -> str:
    """The message an answer is refused with."""
    with pytest.raises(ValueError) as caught:
        ask(**{question: answer})
    return str(caught.value).removeprefix(f"Validation error for question '{question}': ")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (" \n ", "is empty. Write a few words, for example: {example}"),
        (LONG, "has 201 characters, and 200 is the most. Shorten it."),
        ("bell \x07", f'holds the invisible character "\\u0007". {HIDDEN}'),
        ("null \x00", f'holds the invisible character "\\u0000". {HIDDEN}'),
        ("escape \x1b[31m", f'holds the invisible character "\\u001b". {HIDDEN}'),
        ("turned \u202e around", f'holds the invisible character "\\u202e". {HIDDEN}'),
        ("zero\u200bwidth", f'holds the invisible character "\\u200b". {HIDDEN}'),
    ],
)
@pytest.mark.parametrize(
    ("question", "example"),
    [
        ("project_name", "Orders Service"),
        ("description", "Takes orders and keeps the stock."),
        ("author_name", "Orders Team"),
    ],
)
def test_free_text(ask: Ask, question: str, example: str, answer: str, message: str) -> None:
    assert refusal(ask, question, answer) == f"{question} {message.format(example=example)}"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", f'project_slug "" does not fit. {SLUG}'),
        ("Orders", f'project_slug "Orders" does not fit. {SLUG}'),
        ("orders_service", f'project_slug "orders_service" does not fit. {SLUG}'),
        ("orders--service", f'project_slug "orders--service" does not fit. {SLUG}'),
        ("-orders", f'project_slug "-orders" does not fit. {SLUG}'),
        ("1orders", f'project_slug "1orders" does not fit. {SLUG}'),
        ("orders\n", f'project_slug "orders\\n" does not fit. {SLUG}'),
        ("../orders", f'project_slug "../orders" does not fit. {SLUG}'),
        ("größe", f'project_slug "gr\\u00f6\\u00dfe" does not fit. {SLUG}'),
        ("x" * 51, "project_slug has 51 characters, and 50 is the most. Shorten it."),
        (
            "prometheus-client",
            'project_slug "prometheus-client" is the name of a library that the service may depend on. '
            "Choose another one, like prometheus-client-service.",
        ),
    ],
)
def test_project_slug(ask: Ask, answer: str, message: str) -> None:
    assert refusal(ask, "project_slug", answer) == message


def taken(name: str, reason: str) -> str:
    return f'package_name "{name}" is {reason}. Choose another one, like {name}_service.'


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", f'package_name "" is no package name. {PACKAGE}'),
        ("Orders", f'package_name "Orders" is no package name. {PACKAGE}'),
        ("orders-service", f'package_name "orders-service" is no package name. {PACKAGE}'),
        ("orders__service", f'package_name "orders__service" is no package name. {PACKAGE}'),
        ("_orders", f'package_name "_orders" is no package name. {PACKAGE}'),
        ("9orders", f'package_name "9orders" is no package name. {PACKAGE}'),
        ("orders.service", f'package_name "orders.service" is no package name. {PACKAGE}'),
        ("orders\n", f'package_name "orders\\n" is no package name. {PACKAGE}'),
        ("x" * 31, "package_name has 31 characters, and 30 is the most. Shorten it."),
        ("class", taken("class", "a Python keyword")),
        ("match", taken("match", "a Python keyword")),
        ("email", taken("email", "a module of the standard library")),
        ("cgi", taken("cgi", "a module of the standard library")),
        ("sqlalchemy", taken("sqlalchemy", "the import name of a dependency")),
        ("prometheus_client", taken("prometheus_client", "the import name of a dependency")),
        ("migrations", taken("migrations", "a folder of the rendered repository")),
        ("tests", taken("tests", "a folder of the rendered repository")),
        ("postgres", taken("postgres", "a database or user that servers already have")),
        ("order", taken("order", "a reserved word of SQL, and databases are often named after packages")),
        ("user", taken("user", "a reserved word of SQL, and databases are often named after packages")),
    ],
)
def test_package_name(ask: Ask, answer: str, message: str) -> None:
    assert refusal(ask, "package_name", answer) == message


@pytest.mark.parametrize("answer", ["", "team", "team@", "@example.com", "team@example", "a b@example.com", "a@b.c\n"])
def test_author_email(ask: Ask, answer: str) -> None:
    shown = answer.replace("\n", "\\n")
    expected = f'author_email "{shown}" is not an e-mail address. Write one like team@example.com.'
    assert refusal(ask, "author_email", answer) == expected


def test_a_long_email(ask: Ask) -> None:
    answer = "x" * 200 + "@example.com"
    assert refusal(ask, "author_email", answer) == "author_email has 212 characters, and 200 is the most. Shorten it."


@pytest.mark.parametrize(
    ("question", "answer", "choices"),
    [
        ("license", "gpl", ["mit", "apache-2.0", "bsd-3-clause", "proprietary"]),
        ("python_version", "3.10", ["3.11", "3.12", "3.13"]),
        ("framework", "bottle", ["fastapi", "flask", "django"]),
        ("database", "oracle", ["postgresql", "mysql", "sqlite"]),
        ("ci", "jenkins", ["github", "none"]),
    ],
)
def test_only_what_works_can_be_chosen(ask: Ask, question: str, answer: str, choices: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        ask(**{question: answer})
    assert str(caught.value) == f"Invalid choice for '{question}': {answer!r} is not in {choices}"


NAMES: dict[str, str] = yaml.safe_load((ROOT / "facts" / "reserved_names.yml").read_text(encoding="utf-8"))


def test_every_keyword_and_module_of_this_python_is_reserved() -> None:
    modules = {name for name in sys.stdlib_module_names if name.islower() and not name.startswith("_")}
    assert modules <= set(NAMES["standard_library"].split())
    assert {name for name in keyword.kwlist if name.islower()} <= set(NAMES["keywords"].split())


def test_every_folder_of_a_render_is_reserved() -> None:
    layers = [ROOT / "template", *(ROOT / "template").glob("{{ on_* }}"), *(ROOT / "template").glob("*/{{ on_* }}")]
    folders = {path.name for layer in layers for path in layer.iterdir() if path.is_dir()}
    assert {name for name in folders if name.isidentifier()} <= set(NAMES["folders"].split())


def test_every_dependency_is_reserved() -> None:
    facts = yaml.safe_load((ROOT / "facts" / "versions.yml").read_text(encoding="utf-8"))["render"]
    requirements = [text for kind in facts.values() for group in kind.values() for text in group]
    names = {text.partition(">")[0].partition("[")[0] for text in requirements}
    missing = {name for name in names if not name.startswith("types-")} - set(NAMES["distributions"].split())
    assert not missing, "add them to facts/reserved_names.yml, by distribution and by import name"


def test_no_message_lacks_a_way_out() -> None:
    checks = Path(ROOT / "questions" / "checks.jinja").read_text(encoding="utf-8")
    messages = [line for line in checks.splitlines() if line.startswith("{{ name }}")]
    assert len(messages) == 12
    for message in messages:
        assert any(way in message for way in ("Write", "Use", "Choose", "Shorten", "Remove")), message


@pytest.mark.parametrize(
    ("task_queue", "message"),
    [
        (
            "rq",
            "broker=rabbitmq does not go with task_queue=rq: RQ speaks only Redis. "
            "Choose broker=redis, or task_queue=celery.",
        ),
        (
            "none",
            "broker=rabbitmq does not go with task_queue=none: there are no jobs to tell of. "
            "Leave broker out, or choose task_queue=celery.",
        ),
    ],
)
def test_a_broker_that_its_queue_cannot_use(ask: Ask, task_queue: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        ask(task_queue=task_queue, broker="rabbitmq")
    assert str(caught.value) == f"Validation error for question 'broker': {message}"
