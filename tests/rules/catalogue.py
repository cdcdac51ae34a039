"""Loads the rule catalogue (rules/) and refuses what does not fit its schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
LEVELS = ("must", "should", "option")
FIELDS = {"id", "level", "rule", "where", "proof", "applies", "reason", "unmet"}
REQUIRED = FIELDS - {"applies", "reason", "unmet"}


class CatalogueError(Exception):
    """A file of rules/ does not fit the schema; the message names the file and the rule."""


@dataclass(frozen=True)
class Rule:
    """One rule. `applies` maps a question to the answers it applies to; see rules/README.md."""

    id: str
    group: str
    level: str
    rule: str
    where: str
    proof: str
    applies: dict[str, Any]
    reason: str
    unmet: str

    @property
    def offered(self) -> bool:
        """Whether some answers make the rule apply in this version of the template."""
        return not self.applies.keys() & {"option", "outside"}


def load_options(folder: Path = RULES) -> dict[str, str]:
    """The capabilities that are not offered yet, with a few words for people."""
    found = yaml.safe_load((folder / "options.yml").read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise CatalogueError("options.yml: expected one line `name: description` for each capability")
    return {str(name): str(text) for name, text in found.items()}


def load_rules(folder: Path = RULES) -> dict[str, Rule]:
    """Every rule of the catalogue by its id."""
    options = load_options(folder)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == "options.yml":
            continue
        group = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(group, dict) or set(group) != {"title", "rules"}:
            raise CatalogueError(f"{path.name}: expected `title` and `rules`, nothing else")
        for entry in group["rules"]:
            rule = _checked(entry, path.name, path.stem, options)
            if rule.id in rules:
                raise CatalogueError(f"{path.name}: {rule.id} stands twice in the catalogue")
            rules[rule.id] = rule
    return rules


def _checked(entry: Any, file: str, group: str, options: dict[str, str]) -> Rule:
    name = entry.get("id", "a rule without id") if isinstance(entry, dict) else repr(entry)

    def refuse(why: str) -> CatalogueError:
        return CatalogueError(f"{file}: {name}: {why}")

    if not isinstance(entry, dict):
        raise refuse("expected a mapping")
    if missing := REQUIRED - entry.keys():
        raise refuse(f"lacks {', '.join(sorted(missing))}")
    if unknown := entry.keys() - FIELDS:
        raise refuse(f"has unknown fields {', '.join(sorted(unknown))}")
    if not re.fullmatch(r"[A-Z]+-\d\d", str(entry["id"])):
        raise refuse("the id is not of the form GROUP-01")
    if entry["level"] not in LEVELS:
        raise refuse(f"level {entry['level']!r} is none of {', '.join(LEVELS)}")
    for field in ("rule", "where", "proof"):
        if not isinstance(entry[field], str) or not entry[field].strip():
            raise refuse(f"{field} is no text")
    for field in ("rule", "proof"):
        if not entry[field].endswith("."):
            raise refuse(f"{field} is no sentence: it does not end with a full stop")
    applies = entry.get("applies", {})
    if not isinstance(applies, dict):
        raise refuse("applies is no mapping")
    if ("framework" in applies) != bool(str(entry.get("unmet", "")).strip()):
        raise refuse("a rule that not every framework can meet needs `unmet`, the reason, and no other rule does")
    for key, value in applies.items():
        if key == "option":
            if value not in options:
                raise refuse(f"applies waits for {value!r}, which options.yml does not list")
        elif key == "outside":
            if not isinstance(value, str) or not entry.get("reason"):
                raise refuse("a rule outside the scope needs its subject and a reason")
        elif not isinstance(value, list) or not value:
            raise refuse(f"applies: {key} needs a list of answers")
    return Rule(
        id=entry["id"],
        group=group,
        level=entry["level"],
        rule=entry["rule"],
        where=entry["where"],
        proof=entry["proof"],
        applies=applies,
        reason=entry.get("reason", ""),
        unmet=entry.get("unmet", ""),
    )
