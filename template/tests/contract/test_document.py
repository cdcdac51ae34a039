"""The OpenAPI document: valid, complete, described, and compatible with the released one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from scripts.openapi_diff import Comparison, resolved
from tests.support.server import run_command

METHODS = {"get", "put", "post", "patch", "delete"}
WITHOUT_ENVELOPE = {"/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"}
UNBOUNDED = {"uuid", "date-time", "date", "uri"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation, for every operation."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def schemas(node: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema with a type below a node, with the place where it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield where, node
        for name, value in node.items():
            if name not in ("example", "examples", "default", "enum"):
                yield from schemas(value, f"{where}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from schemas(value, f"{where}/{number}")


@pytest.mark.rule("API-10")
def test_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


@pytest.mark.rule("API-10", "DOC-01")
def test_served_document_is_the_one_the_command_writes(document: dict[str, Any]) -> None:
    written = json.loads(run_command("openapi", database_url="", DATABASE_URL=""))

    assert written == document


@pytest.mark.rule("API-09")
def test_document_breaks_no_caller_of_the_released_one(
    document: dict[str, Any], released: dict[str, Any]
) -> None:
    assert list(Comparison(released, document).breaking()) == []


@pytest.mark.rule("API-09", "DOC-01")
def test_released_document_is_up_to_date(
    document: dict[str, Any], released: dict[str, Any]
) -> None:
    changed = "the interface changed: run `make openapi`, look at the difference, commit it"

    assert released["paths"] == document["paths"], changed
    assert released["components"] == document["components"], changed


@pytest.mark.rule("API-22", "DOC-02")
def test_every_operation_is_described_with_all_its_answers(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        told = f"{method.upper()} {path}"
        assert operation.get("summary"), told
        assert operation.get("description"), told
        assert operation.get("operationId"), told
        assert operation["responses"], told
        for status, response in operation["responses"].items():
            assert resolved(document, response).get("description"), f"{told} {status}"
        if path.startswith("/v1/"):
            assert {"422", "500", "503"} <= set(operation["responses"]), told
        if "{" in path:
            assert "404" in operation["responses"], told


@pytest.mark.rule("API-22")
def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names))


@pytest.mark.rule("VAL-01")
def test_every_writing_operation_with_a_body_declares_its_schema(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method not in ("put", "patch") and "requestBody" not in operation:
            continue
        content = resolved(document, operation["requestBody"])["content"]
        assert set(content) == {"application/json"}, f"{method} {path}"
        body = resolved(document, content["application/json"]["schema"])
        assert body["additionalProperties"] is False, f"{method} {path}"


@pytest.mark.rule("API-12", "ERR-01")
def test_every_json_answer_is_declared_as_the_envelope(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if path in WITHOUT_ENVELOPE:
            continue
        for status, response in operation["responses"].items():
            content = resolved(document, response).get("content", {})
            told = f"{method.upper()} {path} {status}"
            assert ("application/json" in content) == (status not in ("204", "304")), told
            if content:
                schema = resolved(document, content["application/json"]["schema"])
                members = {"data", "error", "meta", "pagination"}
                assert set(schema["properties"]) == members, told
                assert set(schema["required"]) == members, told


@pytest.mark.rule("API-15")
def test_every_list_declares_its_page_parameters(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method != "get" or "200" not in operation["responses"] or path in WITHOUT_ENVELOPE:
            continue
        content = resolved(document, operation["responses"]["200"])["content"]
        envelope = resolved(document, content["application/json"]["schema"])
        data = resolved(document, envelope["properties"]["data"])
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert (data.get("type") == "array") == ({"limit", "cursor"} <= names), path


@pytest.mark.rule("API-03")
def test_names_follow_one_convention(document: dict[str, Any]) -> None:
    snake = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
    header = re.compile(r"^[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*$")
    for _, _, operation in operations(document):
        for given in operation.get("parameters", []):
            parameter = resolved(document, given)
            # Names of headers are the same in any case.
            in_header = parameter["in"] == "header"
            name = parameter["name"].title() if in_header else parameter["name"]
            assert (header if in_header else snake).match(name), name
    for where, schema in schemas(document.get("components", {}).get("schemas", {})):
        for name in schema.get("properties", {}):
            assert snake.match(name), f"{where}: {name}"


@pytest.mark.rule("VAL-02")
def test_every_text_and_number_has_bounds(document: dict[str, Any]) -> None:
    unbounded = []
    for where, schema in schemas(document.get("components", {}).get("schemas", {})):
        if "enum" in schema or "const" in schema or schema.get("format") in UNBOUNDED:
            continue
        if schema["type"] == "string" and "maxLength" not in schema:
            unbounded.append(where)
        if schema["type"] in ("integer", "number") and not {"minimum", "maximum"} <= schema.keys():
            unbounded.append(where)
        if schema["type"] == "array" and "maxItems" not in schema:
            unbounded.append(where)
    assert unbounded == []


@pytest.mark.rule("DOC-02", "DOC-01")
def test_every_member_of_every_schema_is_described(document: dict[str, Any]) -> None:
    silent = [
        f"{name}.{member}"
        for name, schema in document.get("components", {}).get("schemas", {}).items()
        for member, value in schema.get("properties", {}).items()
        if not value.get("description") and not resolved(document, value).get("description")
    ]
    assert silent == []
