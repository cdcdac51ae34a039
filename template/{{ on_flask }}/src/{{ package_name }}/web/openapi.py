"""The OpenAPI document, made of what the operations declare."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from ..core.envelope import MEDIA_TYPE
from ..core.openapi import canonical
from ..settings import Settings
from .access import PUBLIC
from .routing import Operation, template_of

Node = dict[str, Any]
_Schemas = dict[tuple[Any, JsonSchemaMode], Node]


def document(settings: Settings) -> Node:
    """The OpenAPI document of the service that these settings make."""
    from .app import create_app  # noqa: PLC0415 - the application needs this module first

    return describe(create_app(settings))


def document_bytes(app: Flask) -> bytes:
    """The document of a running application, as JSON."""
    return json.dumps(describe(app), ensure_ascii=False).encode()


def describe(app: Flask) -> Node:
    """The document of an application."""
    operations: list[Operation] = app.extensions["operations"]
    settings: Settings = app.extensions["settings"]
    wanted = {needed for operation in operations for needed in _needed(operation)}
    schemas, definitions = TypeAdapter.json_schemas(
        [(kind, mode, TypeAdapter(kind)) for kind, mode in wanted],
        ref_template="#/components/schemas/{model}",
    )
    paths: Node = {}
    for operation in operations:
        methods = paths.setdefault(template_of(operation.rule), {})
        methods[operation.method.lower()] = _operation(operation, schemas)
    return canonical(
        {
            "info": {"title": settings.service_name, "version": settings.service_version},
            "paths": paths,
            "components": {"schemas": definitions["$defs"]},
        },
        public=PUBLIC,
    )


def _needed(operation: Operation) -> Iterator[tuple[Any, JsonSchemaMode]]:
    """Every type that the operation's description refers to, and whether it comes in or goes out."""
    if operation.body:
        yield operation.body, "validation"
    if "response_model" in operation.described:
        yield operation.described["response_model"], "serialization"
    for response in operation.described.get("responses", {}).values():
        if "model" in response:
            yield response["model"], "serialization"


def _operation(operation: Operation, schemas: _Schemas) -> Node:
    described = operation.described
    found: Node = {
        "tags": [operation.tag],
        "summary": described["summary"],
        "description": inspect.getdoc(operation.handler),
        "operationId": operation.handler.__name__,
        "parameters": [
            *_parameters("path", operation.path),
            *(_parameters("query", operation.query) if operation.query else ()),
            *_parameters("header", operation.headers),
        ],
        "responses": {
            described.get("status_code", 200): _content(described.get("response_model"), schemas)
        },
    }
    if operation.body:
        found["requestBody"] = {
            "content": {MEDIA_TYPE: {"schema": schemas[operation.body, "validation"]}}
        }
    for status, response in described.get("responses", {}).items():
        told = {name: value for name, value in response.items() if name != "model"}
        found["responses"][status] = {**_content(response.get("model"), schemas), **told}
    return found


def _content(kind: Any, schemas: _Schemas) -> Node:
    if kind is None:
        return {}
    return {"content": {MEDIA_TYPE: {"schema": schemas[kind, "serialization"]}}}


def _parameters(place: str, model: type[BaseModel]) -> Iterator[Node]:
    """Every field as a parameter; what it refers to stands inside."""
    schema = model.model_json_schema()
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "in": place,
            "required": name in schema.get("required", ()),
            "schema": field,
        }
