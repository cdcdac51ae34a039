"""What a person gets who only presses Enter, and what derives from the first answer."""

import keyword
import sys

import pytest
import yaml

from scripts.render import ROOT
from tests.questions.conftest import Ask

# In the order in which they are asked.
DEFAULTS = {
    "project_name": "Demo Service",
    "project_slug": "demo-service",
    "package_name": "demo_service",
    "description": "A backend service.",
    "author_name": "The team",
    "author_email": "team@example.com",
    "license": "proprietary",
    "python_version": "3.12",
    "framework": "fastapi",
    "database": "postgresql",
    "auth": "jwt",
    "task_queue": "celery",
    "broker": "redis",
    "sample": True,
    "ci": "github",
}


def test_enter_alone_gives_a_service(ask: Ask) -> None:
    stored = {name: value for name, value in ask()["stored"].items() if not name.startswith("_")}
    assert stored == DEFAULTS
    assert list(stored) == list(DEFAULTS), "the order of the questions"


@pytest.mark.parametrize(
    ("project_name", "slug", "package"),
    [
        ("Orders Service", "orders-service", "orders_service"),
        ("  Orders -- & Returns!  ", "orders-returns", "orders_returns"),
        ("3rd Party Gateway", "rd-party-gateway", "rd_party_gateway"),
        ("Größenwahn", "grossenwahn", "grossenwahn"),
        ("Café Übersicht", "cafe-ubersicht", "cafe_ubersicht"),
        ("Cafe\u0301 Łódź", "cafe-lodz", "cafe_lodz"),
        ("订单服务", "backend-service", "backend_service"),
        ("\U0001f680", "backend-service", "backend_service"),
        ("Email", "email", "email_service"),
        ("Select", "select", "select_service"),
        ("Tests", "tests", "tests_service"),
        ("Class", "class", "class_service"),
        ("FastAPI", "fastapi-service", "fastapi_service"),
        ("Redis", "redis-service", "redis_service"),
        ("x" * 200, "x" * 50, "x" * 30),
        ("word " * 40, "word-word-word-word-word-word-word-word-word-word", "word_word_word_word_word_word"),
        ("{{ project_slug }}", "project-slug", "project_slug"),
        ("a\nb", "a-b", "a_b"),
    ],
)
def test_names_derive_from_the_name_of_the_service(ask: Ask, project_name: str, slug: str, package: str) -> None:
    stored = ask(project_name=project_name)["stored"]
    assert (stored["project_slug"], stored["package_name"]) == (slug, package)


@pytest.mark.parametrize("name", sorted({"match", "type", *keyword.kwlist, *sys.stdlib_module_names})[::30])
def test_a_derived_package_name_is_never_refused(ask: Ask, name: str) -> None:
    assert ask(project_name=name)["stored"]["package_name"] not in {*keyword.kwlist, *sys.stdlib_module_names}


def test_nothing_computed_is_stored(ask: Ask) -> None:
    found = ask()
    computed = set(found) - {"stored", "end"}
    assert computed
    assert not computed & set(found["stored"])


def test_every_question_has_help_that_fits_a_terminal() -> None:
    files = sorted((ROOT / "questions").glob("[1-8]*.yml"))
    questions = {name: question for file in files for name, question in yaml.safe_load(file.read_text("utf-8")).items()}
    assert list(questions) == list(DEFAULTS)
    for name, question in questions.items():
        lines = question["help"].splitlines()
        assert lines[0].endswith("?"), f"{name} asks"
        assert len(lines) > 1, f"{name} says what the choice changes"
        assert max(map(len, lines)) <= 76, f"{name} fits"
