"""The comparison that guards released versions: it must bite, and must not bark at additions."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from scripts.openapi_diff import Comparison, main

Json = dict[str, Any]
Change = Callable[[Json], None]

DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Cups", "version": "1.0.0"},
    "paths": {
        "/v1/cups": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "sort", "in": "query", "schema": {"enum": ["name", "size"]}},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Cup"},
                                }
                            }
                        }
                    },
                    "422": {"content": {}},
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewCup"}}
                    },
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Cup"}}
                        }
                    }
                },
            },
        }
    },
    "components": {
        "schemas": {
            "NewCup": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 50},
                    "size": {"type": "number", "minimum": 0},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Cup": {
                "type": "object",
                "required": ["id", "name", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string", "maxLength": 50},
                    "state": {"enum": ["whole", "broken"]},
                    "size": {"type": "number"},
                    "inside": {"anyOf": [{"$ref": "#/components/schemas/Cup"}, {"type": "null"}]},
                },
            },
        }
    },
}


def request_schema(document: Json) -> Json:
    """The schema of what is sent."""
    schema: Json = document["components"]["schemas"]["NewCup"]
    return schema


def response_schema(document: Json) -> Json:
    """The schema of what comes back."""
    schema: Json = document["components"]["schemas"]["Cup"]
    return schema


def parameter(document: Json, number: int) -> Json:
    """A query parameter of the list."""
    found: Json = document["paths"]["/v1/cups"]["get"]["parameters"][number]
    return found


def required_colour(document: Json) -> None:
    request_schema(document)["properties"]["colour"] = {"type": "string"}
    request_schema(document)["required"].append("colour")


BREAKING: dict[str, tuple[Change, str]] = {
    "removed path": (lambda d: d["paths"].pop("/v1/cups"), "the path was removed"),
    "removed operation": (lambda d: d["paths"]["/v1/cups"].pop("post"), "operation was removed"),
    "removed status": (
        lambda d: d["paths"]["/v1/cups"]["get"]["responses"].pop("422"),
        "response 422 was removed",
    ),
    "removed response field": (
        lambda d: response_schema(d)["properties"].pop("size"),
        ".size: the field was removed",
    ),
    "response field may be missing": (
        lambda d: response_schema(d)["required"].remove("name"),
        ".name: may now be missing",
    ),
    "response type changed": (
        lambda d: response_schema(d)["properties"]["id"].update(type="integer"),
        ".id: the type changed from string to integer",
    ),
    "response may be null": (
        lambda d: response_schema(d)["properties"]["id"].update(type=["string", "null"]),
        ".id: the type changed from string to null",
    ),
    "new response value": (
        lambda d: response_schema(d)["properties"]["state"]["enum"].append("lost"),
        "may now be 'lost'",
    ),
    "new required request field": (required_colour, ".colour: is now required"),
    "request field became required": (
        lambda d: request_schema(d)["required"].append("size"),
        ".size: is now required",
    ),
    "removed request field": (
        lambda d: request_schema(d)["properties"].pop("note"),
        ".note: the field was removed",
    ),
    "narrowed request type": (
        lambda d: request_schema(d)["properties"]["size"].update(type="integer"),
        ".size: the type changed from number to integer",
    ),
    "request may no longer be null": (
        lambda d: request_schema(d)["properties"].update(note={"type": "string"}),
        ".note: the type changed from null to string",
    ),
    "shorter request text": (
        lambda d: request_schema(d)["properties"]["name"].update(maxLength=20),
        "maxLength was lowered to 20",
    ),
    "higher least value": (
        lambda d: request_schema(d)["properties"]["size"].update(minimum=1),
        "minimum was raised to 1",
    ),
    "new pattern": (
        lambda d: request_schema(d)["properties"]["name"].update(pattern="^a"),
        "pattern is now '^a'",
    ),
    "removed parameter": (
        lambda d: d["paths"]["/v1/cups"]["get"]["parameters"].pop(0),
        "query parameter limit was removed",
    ),
    "parameter became required": (
        lambda d: parameter(d, 0).update(required=True),
        "query parameter limit became required",
    ),
    "new required parameter": (
        lambda d: d["paths"]["/v1/cups"]["get"]["parameters"].append(
            {"name": "shop", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
        "query parameter shop is new and required",
    ),
    "smaller page": (
        lambda d: parameter(d, 0)["schema"].update(maximum=50),
        "maximum was lowered to 50",
    ),
    "removed request value": (
        lambda d: parameter(d, 1)["schema"]["enum"].remove("size"),
        "may no longer be 'size'",
    ),
}

COMPATIBLE: dict[str, Change] = {
    "nothing": lambda d: None,
    "new path": lambda d: d["paths"].update({"/v1/pots": {"get": {"responses": {}}}}),
    "new operation": lambda d: d["paths"]["/v1/cups"].update(delete={"responses": {}}),
    "new optional request field": lambda d: request_schema(d)["properties"].update(
        colour={"type": "string"}
    ),
    "new response field": lambda d: response_schema(d)["properties"].update(
        colour={"type": "string"}
    ),
    "new optional parameter": lambda d: d["paths"]["/v1/cups"]["get"]["parameters"].append(
        {"name": "shop", "in": "query", "schema": {"type": "string"}}
    ),
    "request field no longer required": lambda d: request_schema(d)["required"].remove("name"),
    "longer request text": lambda d: request_schema(d)["properties"]["name"].update(maxLength=90),
    "narrower response": lambda d: response_schema(d)["properties"]["size"].update(type="integer"),
    "response field is now always there": lambda d: response_schema(d)["required"].append("size"),
    "other words": lambda d: d["info"].update(title="Mugs", description="More words"),
}


def files(folder: Path, old: Json, new: Json) -> list[str]:
    """Write both documents and return their paths."""
    paths = [folder / "old.json", folder / "new.json"]
    for path, document in zip(paths, (old, new), strict=True):
        path.write_text(json.dumps(document), encoding="utf-8")
    return [str(path) for path in paths]


@pytest.mark.rule("API-09")
@pytest.mark.parametrize("name", list(BREAKING))
def test_breaking_change_is_named_and_ends_with_code_one(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, told = BREAKING[name]
    new = deepcopy(DOCUMENT)
    change(new)

    code = main(files(tmp_path, DOCUMENT, new))

    assert code == 1
    assert told in capsys.readouterr().out


@pytest.mark.rule("API-09")
@pytest.mark.parametrize("name", list(COMPATIBLE))
def test_compatible_change_is_silent_and_ends_with_code_zero(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = deepcopy(DOCUMENT)
    COMPATIBLE[name](new)

    code = main(files(tmp_path, DOCUMENT, new))

    assert capsys.readouterr().out == ""
    assert code == 0


@pytest.mark.rule("API-09")
def test_file_that_is_no_document_is_named_and_ends_with_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")

    code = main([str(broken), str(broken)])

    assert code == 2
    assert "broken.json cannot be read" in capsys.readouterr().err


@pytest.mark.rule("API-09")
def test_released_document_loses_no_path_unnoticed(released: Json) -> None:
    for path in released["paths"]:
        new = deepcopy(released)
        del new["paths"][path]

        assert f"{path}: the path was removed" in set(Comparison(released, new).breaking())
