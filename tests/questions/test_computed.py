"""What templates see besides the answers: flags of layers, facts, and free text in forms that are safe to print."""

import json
import re
import tomllib
from typing import Any

import pytest
import yaml

from scripts.render import ROOT
from tests.questions.conftest import COMPUTED, Ask

FLAGS = tuple(name for name in COMPUTED if name.startswith("on_"))
HOSTILE = [
    "He said \"go\" and 'stop'",
    "# a comment: - no: [list] {map} *alias &anchor !tag %x @y",
    "back\\slash \\n \\u0041 \\",
    "{{ package_name }} {% raw %} {# note #} ${HOME} $(id) `id`",
    "first line\nsecond line\r\nthird\u2028fourth",
    "rocket \U0001f680 and Žluťoučký kůň 日本語",
    "<script>alert(1)</script> | a | b | ~~x~~ **y** _z_ [l](u)",
    "\"\"\"triple\"\"\" and '''triple'''",
    "yes",
    "null",
    "2026-11-21",
    "- item",
    "1. item",
    "'" * 200,
]


@pytest.mark.parametrize(
    ("answers", "on"),
    [
        ({}, {"on_fastapi", "on_sqlalchemy", "on_postgresql"}),
        ({"database": "mysql"}, {"on_fastapi", "on_sqlalchemy", "on_mysql"}),
        ({"database": "sqlite"}, {"on_fastapi", "on_sqlalchemy", "on_sqlite"}),
        ({"framework": "flask"}, {"on_flask", "on_wsgi", "on_sqlalchemy", "on_postgresql"}),
        ({"framework": "django"}, {"on_django", "on_wsgi", "on_postgresql"}),
    ],
)
def test_a_flag_is_a_dot_or_nothing(ask: Ask, answers: dict[str, Any], on: set[str]) -> None:
    on = on | {"on_sample", "on_github", "on_jobs", "on_celery"}
    found = ask(**answers)
    assert {flag: found[flag] for flag in FLAGS} == {flag: "." if flag in on else "" for flag in FLAGS}


def test_what_is_not_wanted_leaves_no_layer(ask: Ask) -> None:
    found = ask(sample=False, ci="none", task_queue="none")
    assert {flag for flag in FLAGS if found[flag]} == {"on_fastapi", "on_sqlalchemy", "on_postgresql"}


@pytest.mark.parametrize(
    ("answers", "on", "library", "broker"),
    [
        ({}, {"on_jobs", "on_celery"}, {"celery"}, "redis"),
        ({"broker": "rabbitmq"}, {"on_jobs", "on_celery"}, {"celery"}, "rabbitmq"),
        ({"task_queue": "rq"}, {"on_jobs", "on_rq"}, {"rq"}, "redis"),
        ({"task_queue": "none"}, set[str](), set[str](), "redis"),
    ],
)
def test_a_queue_has_its_layers_its_library_and_its_broker(
    ask: Ask, answers: dict[str, Any], on: set[str], library: set[str], broker: str
) -> None:
    found = ask(**answers)
    assert {flag for flag in ("on_jobs", "on_celery", "on_rq") if found[flag]} == on
    assert {text.partition(">")[0] for text in found["dependencies"]} & {"celery", "rq"} == library
    assert found["message_broker"]["name"] == broker


def test_the_broker_is_asked_where_there_is_a_choice(ask: Ask) -> None:
    assert ask()["stored"]["broker"] == "redis"
    assert "broker" not in ask(task_queue="rq")["stored"]


def test_the_facts_of_every_database_have_one_shape() -> None:
    facts: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "facts" / "databases.yml").read_text(encoding="utf-8"))
    assert list(facts) == ["postgresql", "mysql", "sqlite"]
    assert len({tuple(fact) for fact in facts.values()}) == 1


@pytest.mark.parametrize("database", ["postgresql", "mysql", "sqlite"])
def test_a_service_depends_on_its_own_database_only(ask: Ask, database: str) -> None:
    found = ask(database=database)
    names = {text.partition(">")[0].partition("[")[0] for text in found["dependencies"]}
    drivers = {"postgresql": {"psycopg"}, "mysql": {"pymysql"}, "sqlite": set[str]()}
    assert names & {"psycopg", "pymysql", "mysqlclient"} == drivers[database]
    assert found["db"]["scheme"] == database
    for kind in ("dependencies", "dev_dependencies"):
        assert found[kind] == sorted(set(found[kind]))
        assert all(">=" in text and "<" in text for text in found[kind]), "every range has two ends"


LIBRARIES = {
    "fastapi": {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic"},
    "flask": {"flask", "gunicorn", "sqlalchemy", "alembic"},
    "django": {"django", "django-ninja", "gunicorn"},
}


@pytest.mark.parametrize("python_version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("framework", LIBRARIES)
def test_a_service_depends_on_its_own_framework_only(ask: Ask, framework: str, python_version: str) -> None:
    found = ask(framework=framework, python_version=python_version)
    names = [re.split(r"[\[>]", text)[0] for text in found["dependencies"]]

    assert set(names) & set().union(*LIBRARIES.values()) == LIBRARIES[framework]
    assert sorted(names) == sorted(set(names)), "one range for each library"
    assert found["web"]["layers"][0] == framework


@pytest.mark.parametrize("text", HOSTILE)
def test_free_text_is_stored_as_it_was_given(ask: Ask, text: str) -> None:
    stored = ask(description=text, author_name=text)["stored"]
    assert (stored["description"], stored["author_name"]) == (text, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_free_text_fits_every_format(ask: Ask, text: str) -> None:
    line = ask(description=text)["description_line"]
    assert line == " ".join(text.split())
    quoted = json.dumps(line, ensure_ascii=False)
    assert tomllib.loads(f"x = {quoted}") == {"x": line}
    assert yaml.safe_load(f"x: {quoted}") == {"x": line}
    assert eval(quoted) == line


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("A plain sentence, with (brackets).", "A plain sentence, with (brackets)."),
        ("<b>x</b> & `y` | *z*", "\\<b\\>x\\</b\\> \\& \\`y\\` \\| \\*z\\*"),
        ("snake_case {{ x }}", "snake\\_case \\{\\{ x \\}\\}"),
        ("# title", "\\# title"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("two\nlines", "two lines"),
    ],
)
def test_no_character_of_free_text_is_markup(ask: Ask, text: str, markdown: str) -> None:
    found = ask(project_name=text, description=text, author_name=text)
    assert {found["project_md"], found["description_md"], found["author_md"]} == {markdown}
