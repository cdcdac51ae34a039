"""The framework of a service cannot change: an update that would do it is refused before it touches anything."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.render import matrix
from tests.updates import releases
from tests.updates.conftest import Service

FRAMEWORKS = matrix.choices("framework")


def refusal(service: Path, framework: str, **answers: Any) -> str:
    """What an update to another framework is refused with."""
    with pytest.raises(ValueError) as caught:
        releases.update(service, releases.SECOND, framework=framework, **answers)
    return str(caught.value)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_update_to_another_framework_is_refused_and_changes_nothing(service: Service, framework: str) -> None:
    ours = service(framework=framework, database="sqlite")
    before = releases.tracked(ours)

    for other in FRAMEWORKS:
        if other == framework:
            continue
        said = refusal(ours, other)

        assert f"framework cannot change from {framework} to {other}: " in said
        assert f"Choose {framework} again; or render a new service with framework={other} elsewhere" in said
    assert releases.git(ours, "status", "--porcelain") == ""
    assert releases.tracked(ours) == before


def test_it_is_refused_also_next_to_an_answer_that_may_change(service: Service) -> None:
    ours = service(framework="flask", database="sqlite")

    assert "framework cannot change from flask to django" in refusal(ours, "django", database="postgresql")
    assert releases.git(ours, "status", "--porcelain") == ""


def test_an_answer_edited_by_hand_is_refused_too(service: Service) -> None:
    ours = service(framework="flask", database="sqlite")
    answers = ours / releases.ANSWERS
    text = answers.read_text(encoding="utf-8")
    answers.write_text(re.sub(r"^framework: flask$", "framework: fastapi", text, flags=re.MULTILINE), encoding="utf-8")
    assert answers.read_text(encoding="utf-8") != text
    releases.commit_all(ours, "Another framework, we thought")

    with pytest.raises(ValueError, match="framework cannot change from flask to fastapi"):
        releases.update(ours, releases.SECOND)

    assert releases.git(ours, "status", "--porcelain") == ""


# The default framework is in test_update.py, on other databases.
@pytest.mark.parametrize(("framework", "database"), [("flask", "mysql"), ("django", "sqlite")])
def test_an_update_equals_a_fresh_copy_with_every_framework(service: Service, framework: str, database: str) -> None:
    ours = service(framework=framework, database=database)
    before = releases.tracked(ours)

    releases.update(ours, releases.SECOND)

    fresh = releases.tracked(service(releases.SECOND, framework=framework, database=database))
    updated = releases.tracked(ours)
    owned = [name for name in fresh if name in releases.ONCE_ONLY or "/migrations/0" in name]
    assert {name: text for name, text in updated.items() if name not in owned} == {
        name: text for name, text in fresh.items() if name not in owned
    }
    assert {name: updated[name] for name in owned} == {name: before[name] for name in owned}, "they are the service's"
    assert any(fresh[name] != before[name] for name in owned if "migrations" in name), "the second release has another"
