"""The catalogue: complete, well formed, in the project's own words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.catalogue import ROOT, RULES, CatalogueError, load_options, load_rules

HERE = Path(__file__).parent
LONGEST = 220


def test_every_known_rule_is_in_the_catalogue_and_no_other() -> None:
    known = (HERE / "ids.txt").read_text(encoding="utf-8").split()

    assert len(known) == len(set(known)) == 275
    assert set(load_rules()) == set(known)


def test_sentences_are_short_and_one_line() -> None:
    texts = {
        f"{rule.id}.{name}": getattr(rule, name)
        for rule in load_rules().values()
        for name in ("rule", "where", "proof", "reason", "unmet")
    }

    assert {key: text for key, text in texts.items() if len(text) > LONGEST or "\n" in text} == {}


def test_no_sentence_of_the_guides_is_copied() -> None:
    # The guides that the rules were drawn from are not part of the project; hashes of their sentences are.
    foreign = set((HERE / "foreign.txt").read_text(encoding="utf-8").split())
    copied = [
        f"{rule.id}.{name}"
        for rule in load_rules().values()
        for name in ("rule", "where", "proof")
        if hash_of(getattr(rule, name)) in foreign
    ]

    assert len(foreign) > 700
    assert copied == []


def hash_of(sentence: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", " ", sentence.lower()).strip()
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def test_no_two_rules_say_the_same() -> None:
    sentences = [rule.rule.lower() for rule in load_rules().values()]

    assert [text for text in sentences if sentences.count(text) > 1] == []


def test_every_capability_is_waited_for_and_described() -> None:
    waited = {rule.applies["option"] for rule in load_rules().values() if "option" in rule.applies}
    # Asked for by the plan of the project before any rule waits for it.
    assert set(load_options()) - waited <= {"more-frameworks"}
    assert waited <= set(load_options())


def test_conditions_name_questions_and_their_choices() -> None:
    questions: dict[str, Any] = {}
    for path in (ROOT / "questions").glob("*.yml"):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            questions.update(document or {})
    for rule in load_rules().values():
        for name, answers in rule.applies.items():
            if name in {"option", "outside"}:
                continue
            assert name in questions, f"{rule.id}: no question is called {name}"
            asked = questions[name]
            choices = asked.get("choices", [True, False])
            values = list(choices.values()) if isinstance(choices, dict) else list(choices)
            assert set(answers) <= set(values), f"{rule.id}: {name} has the choices {values}"


def test_templates_read_every_file_of_rules() -> None:
    text = (RULES / "data.jinja").read_text(encoding="utf-8")
    listed = re.findall(r'"([a-z]+)"', text.split("set order")[1].split("]")[0])
    files = {path.stem for path in RULES.glob("*.yml")} - {"options"}

    assert sorted(listed) == sorted(files)


def test_no_text_would_be_taken_for_jinja() -> None:
    marked = [path.name for path in RULES.glob("*.yml") if re.search(r"\{\{|\{%|\{#", path.read_text(encoding="utf-8"))]

    assert marked == []


GOOD = {"id": "API-01", "level": "must", "rule": "Do it.", "where": "here", "proof": "It is done."}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "api-1"}, "not of the form"),
        ({"level": "always"}, "is none of"),
        ({"rule": "No stop"}, "full stop"),
        ({"where": ""}, "where is no text"),
        ({"proof": 3}, "proof is no text"),
        ({"extra": 1}, "unknown fields extra"),
        ({"applies": {"option": "magic"}}, "options.yml does not list"),
        ({"applies": {"outside": "Go"}}, "a reason"),
        ({"applies": {"database": "sqlite"}}, "list of answers"),
        ({"applies": {"framework": ["fastapi"]}}, "needs `unmet`"),
        ({"applies": {"framework": ["fastapi"]}, "unmet": " "}, "needs `unmet`"),
        ({"unmet": "Because."}, "no other rule does"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_by_name(tmp_path: Path, change: dict[str, object], message: str) -> None:
    (tmp_path / "options.yml").write_text("jobs: background jobs\n")
    (tmp_path / "api.yml").write_text(yaml.safe_dump({"title": "API", "rules": [{**GOOD, **change}]}))

    with pytest.raises(CatalogueError, match=message) as caught:
        load_rules(tmp_path)
    assert "api.yml" in str(caught.value)


def test_a_rule_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "options.yml").write_text("jobs: background jobs\n")
    (tmp_path / "api.yml").write_text(yaml.safe_dump({"title": "API", "rules": [GOOD, GOOD]}))

    with pytest.raises(CatalogueError, match="API-01 stands twice"):
        load_rules(tmp_path)
