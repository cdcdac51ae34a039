"""Claims: every mark names a rule that can apply, every check exists, and nothing proven is lost."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.rules import claims
from tests.rules.catalogue import ROOT, load_rules
from tests.rules.ledger import assert_ledger


def test_every_mark_names_a_rule_that_is_offered() -> None:
    rules = load_rules()
    unknown = {rule: files for rule, files in claims.marks().items() if rule not in rules}
    idle = {rule: files for rule, files in claims.marks().items() if rule in rules and not rules[rule].offered}

    assert len(claims.marks()) > 50
    assert unknown == {}
    assert idle == {}, "a rule that is not offered yet cannot be proven: change its `applies` first"


def test_every_registered_check_is_run_by_its_target_and_no_other_is() -> None:
    makefile = (claims.TEMPLATE / "Makefile.jinja").read_text(encoding="utf-8")
    run = {
        (name, target)
        for target, recipe in re.findall(r"^([a-z-]+):[^=\n]*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        for name in re.findall(r"\$\(CHECKED\) ([a-z-]+) --", recipe)
    }
    rules = load_rules()

    assert {(name, entry["target"]) for name, entry in claims.registered().items()} == run
    for name, entry in claims.registered().items():
        assert set(entry["rules"]) <= set(rules), name  # type: ignore[call-overload]
        assert entry["shows"], name


def test_the_list_of_proven_rules_is_in_order_and_backed() -> None:
    listed = claims.proven()
    order = list(load_rules())

    assert len(listed) == len(set(listed))
    assert set(listed) <= set(order)
    assert listed == sorted(listed)
    assert set(listed) - claims.claimed() == set()


def test_the_list_of_proven_rules_only_grows() -> None:
    tags = git("tag", "--list", "v*", "--sort=version:refname").split()
    for version in ["HEAD", *tags]:
        before = git("show", f"{version}:tests/rules/proven.txt", missing="").split()
        assert set(before) - set(claims.proven()) == set(), f"proven at {version}, and no longer"


def test_at_least_ninety_rules_are_proven() -> None:
    assert len(claims.proven()) >= 90


def git(*arguments: str, missing: str | None = None) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and missing is not None:
        return missing
    assert done.returncode == 0, done.stderr
    return done.stdout


def ledger(statuses: dict[str, str]) -> dict[str, object]:
    return {
        "current": True,
        "rules": [{"id": name, "status": status, "checks": []} for name, status in statuses.items()],
    }


def test_a_lost_a_failed_and_a_new_proof_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.rules import ledger as module

    monkeypatch.setattr(module, "proven", lambda: ["API-01", "API-02"])
    for statuses, message in (
        ({"API-01": "proven", "API-02": "not proven"}, "lost their proof: {'API-02'"),
        ({"API-01": "proven", "API-02": "failed"}, "rules that failed: {'API-02'"),
        ({"API-01": "proven", "API-02": "proven", "API-03": "proven"}, "add to .*API-03"),
    ):
        monkeypatch.setattr(module, "read_ledger", lambda *_, found=statuses: ledger(found))
        with pytest.raises(AssertionError, match=message):
            assert_ledger(ROOT)
    monkeypatch.setattr(module, "read_ledger", lambda *_: ledger({"API-01": "proven", "API-02": "not applicable"}))
    assert assert_ledger(ROOT, default=False)["current"] is True
