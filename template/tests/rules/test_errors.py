"""Every expected failure has a class, a status and a code that stays; the page lists them all."""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from typing import Any

import pytest

from .source import PACKAGE, page

KNOWN = {400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503}


def error_classes() -> list[Any]:
    """AppError and everything below it, in every module of the package."""
    package = importlib.import_module(PACKAGE)
    for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    base: Any = importlib.import_module(f"{PACKAGE}.core.errors").AppError
    found, waiting = [], [base]
    while waiting:
        one = waiting.pop()
        # A class that a test defines is no error of the service.
        if one.__module__.startswith(PACKAGE):
            found.append(one)
        waiting.extend(one.__subclasses__())
    return sorted(found, key=lambda one: str(one.code))


def problems_of(classes: Iterable[Any]) -> list[str]:
    """Classes without a status or code of their own."""
    found, seen = [], set()
    for one in classes:
        if "code" not in vars(one):
            found.append(f"{one.__name__} has no code of its own")
        if one.code in seen:
            found.append(f"{one.__name__}: {one.code} is taken")
        seen.add(one.code)
        if one.status not in KNOWN:
            found.append(f"{one.__name__}: {one.status} is no status of the contract")
        if not re.fullmatch(r"[a-z]+(?:\.[a-z_]+)?", one.code):
            found.append(f"{one.__name__}: {one.code} is not spelled like the others")
    return found


@pytest.mark.rule("ERR-02", "ERR-04")
def test_every_error_class_has_a_status_and_a_code_of_its_own() -> None:
    classes = error_classes()

    assert len(classes) > 10
    assert problems_of(classes) == []


@pytest.mark.rule("ERR-02")
def test_a_planted_error_without_a_code_is_found() -> None:
    base: Any = importlib.import_module(f"{PACKAGE}.core.errors").NotFound
    planted = type("Planted", (base,), {"__module__": "planted"})

    assert len(problems_of([base, planted])) == 2


@pytest.mark.rule("ERR-04")
def test_the_catalogue_of_errors_lists_every_code_and_no_other() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z_.]+)` \|", page("docs/errors.md"), re.MULTILINE)

    assert sorted(rows) == sorted((str(one.status), one.code) for one in error_classes())
