"""What callers and readers see of the service: resources, typed bodies, signals, and how to look around."""

import importlib
import inspect
import json
import re
import subprocess
import sys
import typing
from typing import Annotated, Any, get_args, get_origin

import pytest

from .source import PACKAGE, ROOT, make_targets, page, slice_modules, slices
from .test_layers import handlers

SHAPELESS = (dict, list, object, str, bytes)


def document() -> dict[str, Any]:
    """The committed OpenAPI document; another test holds it equal to the served one."""
    found: dict[str, Any] = json.loads(page("openapi/v1.json"))
    return found


def collections(paths: list[str]) -> set[str]:
    """The first segment after the version of every path."""
    return {found[1] for path in paths if (found := re.match(r"/v\d+/([a-z-]+)", path))}


@pytest.mark.rule("API-06")
def test_every_collection_has_its_row_among_the_resources_and_no_other_does() -> None:
    table = page("docs/api.md").split("## Resources")[1].split("\n## ")[0]
    rows = re.findall(
        r"^\| `([a-z-]+)(?:/[a-z-]+)*` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE
    )

    assert {row[0] for row in rows} == collections(list(document()["paths"]))
    assert [row[0] for row in rows if not all(cell.strip() for cell in row)] == []


@pytest.mark.rule("FLOW-02")
def test_the_commands_to_look_around_show_what_there_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", PACKAGE, "routes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    guide = page("CONTRIBUTING.md").split("## Look around")[1].split("\n## ")[0]
    named = set(re.findall(r"^make ([a-z-]+)", guide, re.MULTILINE))

    assert done.returncode == 0, done.stderr
    assert [path for path in document()["paths"] if path not in done.stdout] == []
    assert {"routes", "sql"} <= named <= make_targets()


def shapeless(signature: inspect.Signature, schema: type) -> list[str]:
    """Parameters of a handler that take anything, and bodies and queries that are no strict schema."""
    found = []
    for name, parameter in signature.parameters.items():
        kind = parameter.annotation
        kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        kind = get_origin(kind) or kind
        strict = inspect.isclass(kind) and issubclass(kind, schema)
        if kind is Any or kind in SHAPELESS or (name in {"body", "query"} and not strict):
            found.append(f"{name}: {kind}")
    return found


@pytest.mark.rule("CODE-03")
def test_bodies_and_queries_are_strict_schemas_and_nothing_is_shapeless() -> None:
    schema: Any = importlib.import_module(f"{PACKAGE}.core.schema").RequestSchema
    found = []
    for module in slice_modules("routes"):
        live = importlib.import_module(f"{PACKAGE}.{module.name}")
        for handler in handlers(module):
            signature = inspect.signature(getattr(live, handler.name), eval_str=True)
            found += [f"{module.name}.{handler.name} {one}" for one in shapeless(signature, schema)]

    assert found == []
    assert schema.model_config["strict"] is True
    assert schema.model_config["extra"] == "forbid"


@pytest.mark.rule("CODE-03")
def test_planted_parameters_without_a_shape_are_found() -> None:
    def handler(body: dict[str, int], query: int, other: typing.Any) -> None:
        """Stands for a handler."""

    schema: Any = importlib.import_module(f"{PACKAGE}.core.schema").RequestSchema

    assert len(shapeless(inspect.signature(handler, eval_str=True), schema)) == 3


@pytest.mark.rule("CODE-03")
def test_the_schemas_of_slices_and_the_settings_are_models() -> None:
    core: Any = importlib.import_module(f"{PACKAGE}.core.schema")
    settings: Any = importlib.import_module(f"{PACKAGE}.settings").Settings
    loose = [
        f"{name}.{one.__name__}"
        for name in slices()
        for one in vars(importlib.import_module(f"{PACKAGE}.{name}.schemas")).values()
        if inspect.isclass(one)
        and one.__module__.endswith(f"{name}.schemas")
        and not issubclass(one, core.RequestSchema | core.ResponseSchema)
    ]

    assert loose == []
    assert {base.__name__ for base in settings.__mro__} >= {"BaseSettings", "BaseModel"}


@pytest.mark.rule("OBS-14")
@pytest.mark.skipif(sys.platform != "linux", reason="the operating system tells this on Linux only")
def test_the_process_tells_its_memory_time_and_files() -> None:
    before = process_numbers()
    ballast = bytearray(b"\1") * 50_000_000
    after = process_numbers()

    assert (
        after["process_resident_memory_bytes"]
        > before["process_resident_memory_bytes"] + len(ballast) * 0.8
    )
    assert after["process_cpu_seconds_total"] > 0
    assert after["process_open_fds"] > 0
    assert "python_gc_objects_collected_total" in after


def process_numbers() -> dict[str, float]:
    """The numbers about the process on the page of metrics."""
    metrics: Any = importlib.import_module(f"{PACKAGE}.core.metrics")
    text: str = metrics.exposition(shared=False).decode()
    lines = [line for line in text.splitlines() if line.startswith(("process_", "python_gc"))]
    return {line.split("{")[0].split(" ")[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def example_of(schema: Any) -> dict[str, Any]:
    """A request made of the examples of its fields."""
    found: dict[str, Any] = {}
    for name, field in schema.model_fields.items():
        inner = [one for one in get_args(field.annotation) if hasattr(one, "model_fields")]
        if field.examples:
            found[name] = field.examples[0]
        elif inner:
            found[name] = [example_of(inner[0])]
        elif field.is_required():
            raise AssertionError(f"{schema.__name__}.{name} has no example")
    return found


@pytest.mark.rule("DOC-02")
def test_every_request_has_an_example_that_its_schema_accepts() -> None:
    base: Any = importlib.import_module(f"{PACKAGE}.core.schema").RequestSchema
    for name in slices():
        module = importlib.import_module(f"{PACKAGE}.{name}.schemas")
        for schema in vars(module).values():
            mine = inspect.isclass(schema) and schema.__module__ == module.__name__
            if mine and issubclass(schema, base):
                text = json.dumps(example_of(schema))
                assert schema.model_validate_json(text).model_fields_set, schema.__name__
