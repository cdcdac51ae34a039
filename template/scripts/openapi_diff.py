"""Tell whether a new OpenAPI document still serves the callers of a released one.

    python scripts/openapi_diff.py openapi/v1.json new.json

Prints one line for each breaking change. Exit code: 0 compatible, 1 breaking, 2 a document cannot be read.

What a caller may send must stay acceptable: nothing removed, nothing newly required, no type or bound
narrowed. What a caller gets must stay understandable: no path, status or field removed, no field that may
now be missing, no new type or enumerated value. Anything added that callers may ignore is compatible.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
EXACT = ("pattern", "format", "multipleOf")


class Comparison:
    """Compares two documents. `breaking()` yields what a caller of the old one would trip over."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        self._open: set[tuple[str, str, bool]] = set()

    def breaking(self) -> Iterator[str]:
        """Every breaking change, as a line that names the operation and the place in it."""
        for path, old_item in self.old.get("paths", {}).items():
            new_item = self.new.get("paths", {}).get(path)
            if new_item is None:
                yield f"{path}: the path was removed"
                continue
            for method in METHODS:
                if method not in old_item:
                    continue
                where = f"{method.upper()} {path}"
                if method not in new_item:
                    yield f"{where}: the operation was removed"
                    continue
                yield from self._operation(where, old_item[method], new_item[method])

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        yield from self._parameters(where, old, new)
        yield from self._request_body(where, old, new)
        new_responses = new.get("responses", {})
        for status, old_response in old.get("responses", {}).items():
            if status not in new_responses:
                yield f"{where}: response {status} was removed"
                continue
            old_content = resolved(self.old, old_response).get("content", {})
            new_content = resolved(self.new, new_responses[status]).get("content", {})
            for media_type, old_media in old_content.items():
                place = f"{where}: response {status}"
                if media_type not in new_content:
                    yield f"{place}: {media_type} was removed"
                    continue
                yield from self._response(
                    place, old_media.get("schema", {}), new_content[media_type].get("schema", {})
                )

    def _parameters(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = parameters(self.old, old), parameters(self.new, new)
        for key, old_parameter in before.items():
            place = f"{where}: {key[0]} parameter {key[1]}"
            if key not in after:
                yield f"{place} was removed"
                continue
            if after[key].get("required") and not old_parameter.get("required"):
                yield f"{place} became required"
            yield from self._request(
                place, old_parameter.get("schema", {}), after[key].get("schema", {})
            )
        for key, new_parameter in after.items():
            if key not in before and new_parameter.get("required"):
                yield f"{where}: {key[0]} parameter {key[1]} is new and required"

    def _request_body(self, where: str, old: Json, new: Json) -> Iterator[str]:
        if "requestBody" not in old:
            if resolved(self.new, new.get("requestBody", {})).get("required"):
                yield f"{where}: a body is now required"
            return
        if "requestBody" not in new:
            yield f"{where}: the body was removed"
            return
        before = resolved(self.old, old["requestBody"])
        after = resolved(self.new, new["requestBody"])
        if after.get("required") and not before.get("required"):
            yield f"{where}: the body became required"
        for media_type, old_media in before.get("content", {}).items():
            if media_type not in after.get("content", {}):
                yield f"{where}: {media_type} is no longer accepted"
                continue
            yield from self._request(
                f"{where}: body",
                old_media.get("schema", {}),
                after["content"][media_type].get("schema", {}),
            )

    def _request(self, where: str, old: Json, new: Json) -> list[str]:
        """What callers sent until now and the new document refuses."""
        return self._covers(where, self.new, new, self.old, old, response=False)

    def _response(self, where: str, old: Json, new: Json) -> list[str]:
        """What callers may get now and the old document did not tell them of."""
        return self._covers(where, self.old, old, self.new, new, response=True)

    def _covers(
        self,
        where: str,
        wide_in: Json,
        wide: Json,
        narrow_in: Json,
        narrow: Json,
        *,
        response: bool,
    ) -> list[str]:
        """Why not everything that fits `narrow` fits `wide`; empty when it does."""
        key = (json.dumps(wide, sort_keys=True), json.dumps(narrow, sort_keys=True), response)
        if key in self._open:  # a schema that contains itself
            return []
        self._open.add(key)
        found: list[str] = []
        for candidate in alternatives(narrow_in, narrow):
            attempts = [
                self._fits(where, wide_in, target, narrow_in, candidate, response=response)
                for target in alternatives(wide_in, wide)
            ]
            fewest = min(attempts, key=len)
            found += fewest
        self._open.remove(key)
        return found

    def _fits(
        self,
        where: str,
        wide_in: Json,
        wide: Json,
        narrow_in: Json,
        narrow: Json,
        *,
        response: bool,
    ) -> list[str]:
        kinds = (wide.get("type"), narrow.get("type"))
        if kinds[0] is not None and kinds[0] != kinds[1] and kinds != ("number", "integer"):
            old, new = kinds if response else kinds[::-1]
            return [f"{where}: the type changed from {old or 'any'} to {new or 'any'}"]
        found = self._values(where, wide, narrow, response=response)
        found += self._members(where, wide_in, wide, narrow_in, narrow, response=response)
        if "items" in wide:
            found += self._covers(
                f"{where}[]",
                wide_in,
                wide["items"],
                narrow_in,
                narrow.get("items", {}),
                response=response,
            )
        return found

    def _values(self, where: str, wide: Json, narrow: Json, *, response: bool) -> list[str]:
        found = []
        allowed, possible = enumerated(wide), enumerated(narrow)
        if allowed is not None:
            extra = (
                None if possible is None else [value for value in possible if value not in allowed]
            )
            if extra is None:
                found.append(
                    f"{where}: the values are {'no longer' if response else 'now'} enumerated"
                )
            elif extra:
                verb = "may now be" if response else "may no longer be"
                found.append(f"{where}: the value {verb} {', '.join(map(repr, extra))}")
        # A caller has no use for the bounds of what it gets.
        return found if response else found + list(narrowed_bounds(where, wide, narrow))

    def _members(
        self,
        where: str,
        wide_in: Json,
        wide: Json,
        narrow_in: Json,
        narrow: Json,
        *,
        response: bool,
    ) -> list[str]:
        found = []
        wide_members = wide.get("properties", {})
        narrow_members = narrow.get("properties", {})
        given = narrow.get("required", [])
        for name in wide.get("required", []):
            if name in given or (response and name not in narrow_members):
                continue  # a removed field is told once, below
            found.append(
                f"{where}.{name}: may now be missing"
                if response
                else f"{where}.{name}: is now required"
            )
        if response:
            removed = [name for name in wide_members if name not in narrow_members]
        elif wide.get("additionalProperties") is False:
            removed = [name for name in narrow_members if name not in wide_members]
        else:
            removed = []
        found += [f"{where}.{name}: the field was removed" for name in removed]
        for name in wide_members.keys() & narrow_members.keys():
            found += self._covers(
                f"{where}.{name}",
                wide_in,
                wide_members[name],
                narrow_in,
                narrow_members[name],
                response=response,
            )
        return found


def narrowed_bounds(where: str, wide: Json, narrow: Json) -> Iterator[str]:
    """Where what was sent until now may lie outside the bounds of `wide`."""
    for bound in AT_LEAST:
        if bound in wide and narrow.get(bound, float("-inf")) < wide[bound]:
            yield f"{where}: {bound} was raised to {wide[bound]}"
    for bound in AT_MOST:
        if bound in wide and narrow.get(bound, float("inf")) > wide[bound]:
            yield f"{where}: {bound} was lowered to {wide[bound]}"
    for name in EXACT:
        if name in wide and narrow.get(name) != wide[name]:
            yield f"{where}: {name} is now {wide[name]!r}"


def resolved(document: Json, node: Json) -> Json:
    """The node, or what its local `$ref` points at.

    Raises:
        KeyError: the reference leads nowhere.

    """
    while "$ref" in node:
        reference = node["$ref"]
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def alternatives(document: Json, schema: Json) -> list[Json]:
    """The plain schemas, with at most one type each, of which a value has to fit one."""
    schema = resolved(document, schema)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return [plain for part in schema[name] for plain in alternatives(document, part)]
    if len(schema.get("allOf", [])) == 1:
        return alternatives(document, schema["allOf"][0])
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def enumerated(schema: Json) -> list[Any] | None:
    """The only values there may be, or None."""
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def parameters(document: Json, operation: Json) -> dict[tuple[str, str], Json]:
    """The parameters of an operation by place and name."""
    found = [resolved(document, parameter) for parameter in operation.get("parameters", [])]
    return {(parameter["in"], parameter["name"]): parameter for parameter in found}


def main(arguments: list[str]) -> int:
    """Compare two files; returns the exit code."""
    if len(arguments) != 2:  # noqa: PLR2004 - the old and the new document
        print("usage: openapi_diff.py RELEASED NEW, two OpenAPI documents in JSON", file=sys.stderr)
        return 2
    documents = []
    for name in arguments:
        try:
            documents.append(json.loads(Path(name).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            print(f"{name} cannot be read as an OpenAPI document: {error}", file=sys.stderr)
            return 2
    found = list(Comparison(*documents).breaking())
    for line in found:
        print(f"breaking: {line}")
    if found:
        print(
            f"{len(found)} breaking changes. Keep the released form, or publish the new one as /v2.",
            file=sys.stderr,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
