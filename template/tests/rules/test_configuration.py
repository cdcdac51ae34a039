"""Configuration and secrets: read in one place, written down in none."""

import ast
import re
import subprocess
import sys

import pytest

from .source import PACKAGE, ROOT, Module, imports, modules, page, planted

ENVIRONMENT = {"os.environ", "os.getenv", "os.environb", "environ", "getenv"}
# A host after a scheme, an address of four numbers, a name that only one machine knows.
PLACE = re.compile(
    r"[a-z][a-z0-9+]*://(?!\.\.\.)[\w.@:-]*\w|\b\d{1,3}(?:\.\d{1,3}){3}\b|\blocalhost\b"
)
LOOPBACK = {"127.0.0.1", "0.0.0.0", "localhost"}  # noqa: S104 - looked for, not bound to


def readers_of_the_environment(module: Module) -> list[str]:
    found = [
        f"{module.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ENVIRONMENT
    ]
    found += [
        f"{module.at(node)}: imports {name}"
        for node, name in imports(module.tree)
        if name in {"os.environ", "os.getenv"}
    ]
    return found


@pytest.mark.rule("CFG-01")
def test_only_the_settings_read_the_environment() -> None:
    others = [module for module in modules() if module.name != "settings"]

    assert [problem for module in others for problem in readers_of_the_environment(module)] == []


@pytest.mark.rule("CFG-01")
@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.environ['A']\n",
        "from os import getenv\n",
        "import os\nx = os.getenv('A')\n",
    ],
)
def test_a_planted_reader_of_the_environment_is_found(text: str) -> None:
    assert len(readers_of_the_environment(planted(text))) == 1


@pytest.mark.rule("CFG-01", "SEC-14", "CFG-03")
def test_production_without_its_settings_stops_and_names_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", PACKAGE, "serve"],
        cwd=ROOT,
        env={"ENVIRONMENT": "production", "DEBUG": "true", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    required = ("SECRET_KEY", "DATABASE_URL", "DEBUG", "CACHE_URL", "ALLOWED_HOSTS")
    assert [name for name in required if name not in done.stderr] == []


@pytest.mark.rule("CFG-01")
def test_a_wrong_value_stops_the_start_with_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", PACKAGE, "serve"],
        cwd=ROOT,
        env={"ENVIRONMENT": "test", "WEB_THREADS": "many", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "WEB_THREADS" in done.stderr
    assert "Traceback" not in done.stderr


def places(module: Module) -> list[str]:
    """Addresses and host names in the texts of a module, docstrings aside."""
    docstrings = {
        owner.body[0].value
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and owner.body
        and isinstance(owner.body[0], ast.Expr)
    }
    return [
        f"{module.at(node)}: {match[0]}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        for match in PLACE.finditer(node.value)
        if not (match[0] in LOOPBACK and module.name in {"settings", "core.embedded", "core.tls"})
    ]


@pytest.mark.rule("CFG-02")
def test_no_place_of_one_environment_stands_in_the_source() -> None:
    assert [problem for module in modules() for problem in places(module)] == []


@pytest.mark.rule("CFG-02")
@pytest.mark.parametrize(
    "value",
    ["postgresql://user@db.internal/shop", "https://api.example.com", "10.1.2.3", "localhost"],
)
def test_a_planted_place_is_found(value: str) -> None:
    assert len(places(planted(f"X = {value!r}\n"))) == 1


@pytest.mark.rule("CFG-04")
def test_the_example_and_the_settings_have_the_same_names() -> None:
    fields = {
        node.target.id.upper()
        for owner in ast.walk(next(m for m in modules() if m.name == "settings").tree)
        if isinstance(owner, ast.ClassDef) and owner.name == "Settings"
        for node in owner.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    example = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", page(".env.example"), re.MULTILINE))
    # What compose and the tests read beside the service.
    beside = {
        name
        for name in example
        if name not in fields
        and name.startswith(("TEST_", "COMPOSE_", "MYSQL_", "POSTGRES_", "ADMIN_"))
    }

    assert example - beside == fields


@pytest.mark.rule("SEC-14")
def test_git_ignores_the_private_settings() -> None:
    assert ".env" in page(".gitignore").split()
