"""What a render gets of the catalogue: the rules resolved for its answers, as data and as a page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tests.rules.catalogue import ROOT, load_rules

ANSWERS = {
    "framework": "fastapi",
    "database": "postgresql",
    "auth": "jwt",
    "task_queue": "none",
    "sample": True,
    "ci": "github",
}


def rendered(path: str, **answers: object) -> str:
    """A template file under Copier's own settings, without the cost of a whole copy."""
    settings = next(yaml.safe_load_all((ROOT / "copier.yml").read_text(encoding="utf-8").split("---")[0]))
    options = {**settings["_envops"], "undefined": StrictUndefined}
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(ROOT),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        **options,
    )
    given = {**ANSWERS, **answers}
    return environment.get_template(path).render(_copier_answers=given, task_queue=given["task_queue"])


def states(**answers: object) -> dict[str, tuple[str, str]]:
    groups: list[dict[str, Any]] = json.loads(rendered("template/rules/catalogue.json.jinja", **answers))["groups"]
    return {rule["id"]: (rule["state"], rule["because"]) for group in groups for rule in group["rules"]}


def test_every_rule_reaches_the_render() -> None:
    assert states().keys() == load_rules().keys()


@pytest.mark.parametrize(
    ("answers", "rule", "state"),
    [
        ({}, "API-15", ("applies", "")),
        ({}, "MIG-09", ("applies", "")),
        ({"database": "sqlite"}, "MIG-09", ("not applicable", "database = sqlite")),
        ({"sample": False}, "ARCH-14", ("not applicable", "sample = false")),
        ({}, "PERF-05", ("applies", "")),
        *(({"framework": name}, "PERF-05", ("not met", load_rules()["PERF-05"].unmet)) for name in ("flask", "django")),
        ({"ci": "none"}, "DEPLOY-10", ("not applicable", "ci = none")),
        ({}, "EVENT-02", ("not offered yet", "publishing and consuming messages")),
        ({}, "JOB-01", ("not applicable", "task_queue = none")),
        ({"task_queue": "rq"}, "JOB-01", ("applies", "")),
        ({"task_queue": "celery", "sample": False}, "JOB-01", ("not applicable", "sample = false")),
        ({}, "STACK-08", ("outside", "Go: out of scope")),
    ],
)
def test_an_answer_decides_whether_a_rule_applies(
    answers: dict[str, object], rule: str, state: tuple[str, str]
) -> None:
    assert states(**answers)[rule] == state


@pytest.mark.parametrize(
    "answers", [{"database": "postgresql"}, {"database": "sqlite"}, {"framework": "flask"}], ids=str
)
def test_the_page_names_every_rule_once_and_counts_them(answers: dict[str, object]) -> None:
    text = rendered("template/docs/rules.md.jinja", **answers)
    listed = re.findall(r"^- (?:\*\*)?([A-Z]+-\d\d)", text, re.MULTILINE)
    counts = [int(number) for number in re.findall(r"\d+", text.split("\nOf ")[1].split("\n\n")[0])]

    assert sorted(listed) == sorted(states(**answers))
    assert counts == [
        len(listed),
        *(
            sum(state in kinds for state, _ in states(**answers).values())
            for kinds in (
                {"applies"},
                {"not met"},
                {"not applicable", "outside"},
                {"not offered yet"},
            )
        ),
    ]
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
