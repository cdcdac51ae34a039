"""facts/reserved_names.yml against the sources it was collected from."""

import re
from importlib.metadata import distributions, packages_distributions

import yaml
from sqlalchemy.dialects.mysql import reserved_words as mysql
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS as POSTGRESQL
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

from scripts.render import ROOT

NAMES: dict[str, str] = yaml.safe_load((ROOT / "facts" / "reserved_names.yml").read_text(encoding="utf-8"))
PACKAGE_NAME = "[a-z][a-z0-9]*(_[a-z0-9]+)*"


def canonical(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub("[-_.]+", "-", name).lower()


def test_every_word_that_a_database_reserves_is_reserved() -> None:
    words = {*POSTGRESQL, *mysql.RESERVED_WORDS_MYSQL, *mysql.RESERVED_WORDS_MARIADB}
    words |= SQLiteIdentifierPreparer.reserved_words
    # Only what could be a package name: the others are refused for their form.
    words = {word for word in words if re.fullmatch(PACKAGE_NAME, word)}
    listed = {word for group in ("keywords", "standard_library", "databases", "sql") for word in NAMES[group].split()}
    assert sorted(words - listed) == []


def test_every_import_name_of_a_dependency_is_reserved() -> None:
    facts = yaml.safe_load((ROOT / "facts" / "versions.yml").read_text(encoding="utf-8"))["render"]
    requirements = [text for kind in facts.values() for group in kind.values() for text in group]
    wanted = {canonical(re.split(r"[\[>]", text)[0]) for text in requirements}
    missing = [name for name in wanted if not list(distributions(name=name))]
    assert not missing, "run `make lock`, then try again"
    modules = {
        module
        for module, providers in packages_distributions().items()
        if wanted & {canonical(name) for name in providers} and re.fullmatch(PACKAGE_NAME, module)
    }
    assert sorted(modules - set(NAMES["dependencies"].split())) == []


def test_no_word_is_listed_twice() -> None:
    for group, words in NAMES.items():
        listed = words.split()
        assert listed == sorted(set(listed)), f"{group}: sort the words, each once"
