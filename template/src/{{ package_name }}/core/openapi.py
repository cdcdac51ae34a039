"""The OpenAPI document: what errors mean in it, and the one form that it has whatever framework wrote it."""

from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from .credentials import SECURITY_SCHEMES, required
from .envelope import MEDIA_TYPE, ErrorEnvelope
from .exchange import is_operational

Node = dict[str, Any]

DESCRIPTIONS = {
    200: "Done.",
    201: "Created.",
    202: "Accepted; it is done later.",
    204: "Done; there is nothing to tell.",
    304: "The caller holds the present version already.",
    400: "The request cannot be parsed.",
    401: "The caller is not known; see `WWW-Authenticate`.",
    403: "The caller may not do this.",
    404: "There is no such object.",
    405: "The address does not support the method.",
    409: "The request conflicts with the present state.",
    412: "`If-Match` names a version that is no longer the present one.",
    413: "The request body is too large.",
    415: "The request body is not JSON.",
    422: "Some values are not valid; `details` names each.",
    428: "`If-Match` is missing.",
    429: "The caller has asked too often; see `Retry-After`.",
    500: "The service failed.",
    503: "The service is temporarily unavailable; see `Retry-After`.",
}
_ALWAYS = (422, 500, 503)
_WITH_BODY = (400, 413, 415)
_METHODS = ("get", "put", "post", "patch", "delete")
_OPERATION = (
    "tags",
    "summary",
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "security",
)
# What frameworks write where nobody has described an answer.
_UNSAID = {"", "Successful Response", *(status.phrase for status in HTTPStatus)}


def answers(
    *statuses: int, body: bool = False, not_modified: bool = False
) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for its ``responses``.

    Args:
        statuses: those that are particular to the route.
        body: whether it takes a body.
        not_modified: whether it can answer 304.
    """
    described: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorEnvelope} for status in error_statuses(*statuses, body=body)
    }
    if not_modified:
        described[304] = {}
    return described


def error_statuses(*statuses: int, body: bool = False) -> list[int]:
    """The error answers of a route: its own, and those that every route has.

    Args:
        statuses: those that are particular to the route.
        body: whether it takes a body.
    """
    return sorted({*statuses, *_ALWAYS, *(_WITH_BODY if body else ())})


def canonical(document: Node, *, public: Collection[str]) -> Node:
    """The document in the form that does not tell which framework wrote it, with what is asked of callers.

    Everything is in a fixed order; titles that only repeat names are gone, and so are defaults of null and schemas
    that nothing refers to; the description of a parameter stands at the parameter; an optional parameter is no null.
    """
    paths = {
        path: {
            method: _operation(_guarded(item[method], f"{method.upper()} {path}", public))
            for method in _METHODS
            if method in item
        }
        for path, item in sorted(document["paths"].items())
    }
    components = document.get("components", {})
    schemas = {name: _schema(schema) for name, schema in components.get("schemas", {}).items()}
    needed = _reachable(paths, schemas)
    found: Node = {
        "openapi": "3.1.0",
        "info": {name: document["info"][name] for name in ("title", "version")},
        "paths": paths,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(needed)},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
    return found


def _guarded(operation: Node, name: str, public: Collection[str]) -> Node:
    """An operation with the answers that it gives before its handler runs."""
    if is_operational(name.partition(" ")[2]):
        return operation
    statuses = [429] if name in public else [401, 403, 429]
    refusal = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}}
    responses = {**{str(status): refusal for status in statuses}, **operation["responses"]}
    security: list[Node] = [] if name in public else required(name.partition(" ")[0])
    return {**operation, "responses": responses, "security": security}


def _operation(operation: Node) -> Node:
    found = {name: operation[name] for name in _OPERATION if operation.get(name)}
    if operation.get("security") == []:
        found["security"] = []  # said, not left out: nothing is asked here
    if "parameters" in found:
        found["parameters"] = sorted(map(_parameter, found["parameters"]), key=_place)
    if "requestBody" in found:
        body = found["requestBody"]
        found["requestBody"] = {"required": True, "content": _content(body["content"])}
    found["responses"] = {
        str(status): _response(int(status), response)
        for status, response in sorted(found["responses"].items(), key=lambda item: int(item[0]))
    }
    return found


def _parameter(parameter: Node) -> Node:
    schema = _schema(parameter["schema"])
    name = parameter["name"]
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema = {**choices[0], **schema}
    description = parameter.get("description") or schema.get("description", "")
    schema.pop("description", None)
    return {
        "name": name.title() if parameter["in"] == "header" else name,
        "in": parameter["in"],
        "required": bool(parameter.get("required")),
        "description": description,
        "schema": dict(sorted(schema.items())),
    }


def _place(parameter: Node) -> int:
    """Path, query, header; within each, the order in which they were declared."""
    return ("path", "query", "header", "cookie").index(parameter["in"])


def _response(status: int, response: Node) -> Node:
    said = response.get("description", "")
    found: Node = {"description": DESCRIPTIONS[status] if said in _UNSAID else said}
    if response.get("content"):
        found["content"] = _content(response["content"])
    return found


def _content(content: Node) -> Node:
    return {kind: {"schema": _schema(body["schema"])} for kind, body in sorted(content.items())}


def _schema(schema: Node) -> Node:
    """A schema, and all inside it, in alphabetic order; properties stay in the order of their declaration."""
    found: Node = {}
    for key, value in sorted(schema.items()):
        if key == "title" or (key == "default" and value is None):
            continue
        if key in ("properties", "$defs"):
            found[key] = {name: _schema(inner) for name, inner in value.items()}
        elif key in ("default", "const", "enum", "examples", "example", "required"):
            found[key] = value
        elif isinstance(value, dict):
            found[key] = _schema(value)
        elif isinstance(value, list):
            found[key] = [_schema(one) if isinstance(one, dict) else one for one in value]
        elif isinstance(value, float) and value.is_integer():
            found[key] = int(value)  # a bound of a whole number
        else:
            found[key] = value
    return found


def _reachable(paths: Node, schemas: Mapping[str, Node]) -> set[str]:
    """The names of the schemas that the paths refer to, directly or through others."""
    found: set[str] = set()
    new = set(_references(paths))
    while new:
        found |= new
        new = {name for one in new for name in _references(schemas[one])} - found
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)
