"""Answers without a service: the questions of the template around one file that prints what became of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier
import pytest

from scripts.render import snapshot

Ask = Callable[..., dict[str, Any]]
COMPUTED = (
    *("on_fastapi", "on_flask", "on_django", "on_wsgi", "on_sqlalchemy"),
    *("on_postgresql", "on_mysql", "on_sqlite", "on_sample", "on_github"),
    *("on_jobs", "on_celery", "on_rq"),
    *("db", "web", "message_broker", "dependencies", "dev_dependencies"),
    *("project_line", "description_line", "author_line", "project_md", "description_md", "author_md"),
)
PRINTS = "".join(f'"{name}": {{{{ {name} | to_json }}}},\n' for name in COMPUTED)


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template that asks the same questions and renders next to nothing."""
    source = snapshot(tmp_path_factory.mktemp("questions") / "source", leave_out="template")
    folder = source / "template"
    folder.mkdir()
    text = '{\n"stored": {{ _copier_answers | to_json }},\n' + PRINTS + '"end": null\n}\n'
    (folder / "answers.json.jinja").write_text(text, encoding="utf-8")
    return source


@pytest.fixture
def ask(questions: Path, tmp_path: Path) -> Ask:
    """Answer some questions, take the defaults of the others, and return all that templates see."""

    def answers(**given: Any) -> dict[str, Any]:
        copier.run_copy(
            str(questions),
            tmp_path,
            data=given,
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_tasks=True,
            unsafe=True,
        )
        found: dict[str, Any] = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
        return found

    return answers
