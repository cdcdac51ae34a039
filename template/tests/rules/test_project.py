"""The stack that was asked for, with bounds, and nothing of another."""

import re

import pytest
import yaml

from .source import (
    ROOT,
    answer,
    imported_packages,
    modules,
    page,
    project,
    requirement_name,
)

FRAMEWORK = answer("framework")
DATABASE = answer("database")
QUEUE = answer("task_queue")
PYTHON = answer("python_version")

FRAMEWORKS = {
    "fastapi": {"fastapi", "starlette", "uvicorn"},
    "flask": {"flask", "werkzeug"},
    "django": {"django", "ninja", "rest_framework"},
}
DRIVERS = {
    "postgresql": {"psycopg", "psycopg2", "asyncpg"},
    "mysql": {"pymysql", "mysqlclient", "MySQLdb"},
    "sqlite": {"sqlite3", "aiosqlite"},
}
QUEUES = {"celery": {"celery", "kombu", "billiard"}, "rq": {"rq"}, "others": {"dramatiq", "arq"}}


def requirements() -> list[str]:
    """What the service needs at run time."""
    found: list[str] = project()["project"]["dependencies"]
    return found


def all_requirements() -> list[str]:
    """The same with what developers need."""
    return [*requirements(), *project()["dependency-groups"]["dev"]]


@pytest.mark.rule("STACK-01")
def test_one_version_of_python_is_named_everywhere() -> None:
    tools = project()["tool"]

    assert project()["project"]["requires-python"] == f">={PYTHON}"
    assert tools["ruff"]["target-version"] == "py" + PYTHON.replace(".", "")
    assert tools["mypy"]["python_version"] == PYTHON
    assert page(".python-version").strip().startswith(PYTHON)
    assert tuple(int(part) for part in PYTHON.split(".")) >= (3, 11)


@pytest.mark.rule("STACK-06")
def test_no_import_and_no_dependency_belongs_to_another_choice() -> None:
    foreign: set[str] = set()
    for choices, chosen in ((FRAMEWORKS, FRAMEWORK), (DRIVERS, DATABASE), (QUEUES, QUEUE)):
        foreign |= {name for key, names in choices.items() if key != chosen for name in names}
    imported = {
        (module.name, name)
        for module in modules()
        for name in imported_packages(module.tree) & foreign
    }
    required = {requirement_name(text) for text in all_requirements()}

    assert imported == set()
    assert required & {name.lower().replace("_", "-") for name in foreign} == set()


@pytest.mark.rule("STACK-06")
def test_the_chosen_framework_and_driver_are_the_ones_in_use() -> None:
    imported = {name for module in modules() for name in imported_packages(module.tree)}
    (dialect,) = (module.text for module in modules() if module.name == "core.dialect")

    assert imported & FRAMEWORKS[FRAMEWORK]
    # A driver that nobody imports is named in the address: `postgresql+psycopg`.
    assert [
        one for one in sorted(DRIVERS[DATABASE]) if one in imported or f"+{one}" in dialect
    ] != []


def without_bounds(lines: list[str]) -> list[str]:
    """Requirements that lack a lower or an upper bound."""
    return [
        line for line in lines if not (re.search(r">=|==|~=", line) and re.search(r"<|==|~=", line))
    ]


@pytest.mark.rule("DEPLOY-08")
def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    assert without_bounds(all_requirements()) == []


@pytest.mark.rule("DEPLOY-08")
@pytest.mark.parametrize("line", ["pydantic", "pydantic>=2.1", "pydantic<3"])
def test_a_planted_open_dependency_is_found(line: str) -> None:
    assert without_bounds([line]) == [line]


@pytest.mark.rule("DEPLOY-08")
def test_the_lock_file_pins_every_dependency_with_hashes() -> None:
    lock = page("uv.lock")
    locked = set(re.findall(r'^name = "([^"]+)"', lock, re.MULTILINE))

    assert {requirement_name(line) for line in all_requirements()} <= locked
    assert lock.count("sha256:") > len(locked)


@pytest.mark.rule("STACK-05")
def test_every_young_dependency_has_a_noted_reason() -> None:
    young = {
        requirement_name(line) for line in requirements() if re.search(r"(?:>=|==|~=)\s*0\.", line)
    }
    noted = page("docs/architecture.md")

    assert [name for name in sorted(young) if f"`{name}`" not in noted] == []


@pytest.mark.rule("DEPLOY-02")
def test_the_servers_around_the_service_start_with_one_command() -> None:
    images = {"postgresql": "postgres", "mysql": "mysql"}
    wanted = {"cache": "redis"}
    if DATABASE in images:  # the other one is a file
        wanted["database"] = images[DATABASE]

    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]

    command = r"^services:.*\n.*COMPOSE\) --file compose\.yaml up .*--wait"
    assert re.search(command, page("Makefile"), re.MULTILINE)
    images_of = {name: one["image"].split(":")[0] for name, one in services.items()}
    images_of.pop("broker", None)  # of a kind of its own, where there is one
    assert images_of == wanted
    for name, service in services.items():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?", service["image"]), name
        assert service["healthcheck"]["test"], name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        passwords = [key for key in service.get("environment", {}) if key.endswith("_PASSWORD")]
        assert set(passwords) <= {"MYSQL_ALLOW_EMPTY_PASSWORD"}, name
