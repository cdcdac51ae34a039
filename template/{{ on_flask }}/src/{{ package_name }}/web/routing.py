"""Routes whose handlers say in their signature what they take.

A handler's parameters are filled, checked and documented by their names and annotations:

- one that the rule names (``/orders/<order_id>``): from the path;
- ``query`` and ``body``, Pydantic models: from the query string and from the JSON body;
- one annotated with :class:`Header`: from the header of its name, ``if_match`` from ``If-Match``;
- one annotated with :class:`Depends`: from a function, whose own parameters are headers or such functions.

``docs/decisions/0001-framework.md`` says why this is not a library.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Required, TypedDict, TypeVar, Unpack, get_type_hints
from urllib.parse import parse_qsl

from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import ErrorDetails

from ..core import http
from ..core.errors import Invalid
from ..core.validation import details_of

Handler = TypeVar("Handler", bound=Callable[..., Response])
Make = Callable[[BaseModel], Any]

_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
_PLACEHOLDER = re.compile(r"<(\w+)>")
_HEADER_NAMES = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))


@dataclass(frozen=True, slots=True)
class Header:
    """Marks a parameter that a header holds."""


@dataclass(frozen=True, slots=True)
class Depends:
    """Marks a parameter that a function makes."""

    make: Callable[..., Any]


class Described(TypedDict, total=False):
    """What the OpenAPI document says of an operation beyond its signature.

    Attributes:
        summary: a few words.
        response_model: what the answer holds when all goes well; left out if no JSON.
        status_code: of that answer; 200 if left out.
        responses: the other answers: by status a ``model``, a ``description`` or ``content``.
    """

    summary: Required[str]
    response_model: Any
    status_code: int
    responses: Mapping[int | str, Mapping[str, Any]]


class Operation:
    """One method of one address: checks the request, then calls the handler.

    Args:
        tag: name of the group in the document.
        method: HTTP method.
        rule: the address, in Flask's form.
        handler: replies.
        described: for the document.
        strict: whether query parameters that the handler does not take are refused, not ignored.
    """

    def __init__(
        self,
        tag: str,
        method: str,
        rule: str,
        handler: Callable[..., Response],
        described: Described,
        *,
        strict: bool,
    ) -> None:
        self.tag = tag
        self.method = method
        self.rule = rule
        self.handler = handler
        self.described = described
        self._strict = strict
        name = handler.__name__
        header_fields: dict[str, Any] = {}
        self._made = _makers(handler, header_fields)
        self.headers = create_model(f"{name}_headers", __config__=_HEADER_NAMES, **header_fields)
        own = {
            parameter: hint
            for parameter, hint in get_type_hints(handler, include_extras=True).items()
            if parameter not in self._made and parameter != "return"
        }
        self.query: type[BaseModel] | None = own.pop("query", None)
        self.body: type[BaseModel] | None = own.pop("body", None)
        if set(own) != set(_PLACEHOLDER.findall(rule)):
            raise TypeError(f"{name}: {rule} and the parameters {sorted(own)} do not fit together")
        path_fields: dict[str, Any] = {parameter: (own[parameter], ...) for parameter in own}
        self.path = create_model(f"{name}_path", **path_fields)
        sections: dict[str, Any] = {"path": (self.path, ...)}
        if self.query:
            sections["query"] = (self.query, ...)
        if self.body:
            sections["body"] = (self.body, ...)
        self._request = create_model(f"{name}_request", **sections)

    def __call__(self, **path: str) -> Response:
        """Reply to the present request.

        Raises:
            AppError: the request is not acceptable; or the handler's own.
        """
        sent = parse_qsl(request.environ.get("QUERY_STRING", ""), keep_blank_values=True)
        values: dict[str, Any] = {"path": path, "query": dict(sent)}
        raw = request.get_data()
        if self.body and raw and http.is_json(request.content_type):
            values["body"] = http.parse_json(raw)
        if self._strict:
            known = self.query.model_fields if self.query else ()
            http.only_known_parameters([name for name, _ in sent], known)
        if self.method in _METHODS_WITH_BODY:
            http.require_json(raw, request.content_type, expected=self.body is not None)
        return self.handler(**self._checked(values))

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the handler."""
        findings: list[ErrorDetails] = []
        arguments: dict[str, Any] = {}
        names = [field.alias or name for name, field in self.headers.model_fields.items()]
        given = {name: request.headers[name] for name in names if name in request.headers}
        try:
            headers = self.headers.model_validate(given)
            arguments = {name: make(headers) for name, make in self._made.items()}
        except ValidationError as error:
            findings += error.errors(include_url=False)
        try:
            found: Any = self._request.model_validate(values, from_attributes=True)
        except ValidationError as error:
            wrong = error.errors(include_url=False)
            # What is wrong with the body comes last.
            findings = [one for one in wrong if one["loc"][0] != "body"] + findings
            findings += [one for one in wrong if one["loc"][0] == "body"]
        if findings:
            raise Invalid(details=details_of(findings))
        arguments.update(dict(found.path))
        if self.query:
            arguments["query"] = found.query
        if self.body:
            arguments["body"] = found.body
        return arguments


class Router:
    """The routes of a slice.

    Args:
        name: of the group in the document.
        prefix: begins every address.
        documented: whether the OpenAPI document tells of them.
        strict: whether query parameters that a handler does not take are refused, not ignored.
    """

    def __init__(
        self, name: str, *, prefix: str = "", documented: bool = True, strict: bool = True
    ) -> None:
        self._name = name
        self._prefix = prefix
        self._documented = documented
        self._strict = strict
        self._operations: list[Operation] = []

    def get(self, rule: str, **described: Unpack[Described]) -> Callable[[Handler], Handler]:
        """Reply to GET, and to HEAD. The arguments are those of :class:`Described`."""
        return self._route("GET", rule, described)

    def post(self, rule: str, **described: Unpack[Described]) -> Callable[[Handler], Handler]:
        """Reply to POST."""
        return self._route("POST", rule, described)

    def put(self, rule: str, **described: Unpack[Described]) -> Callable[[Handler], Handler]:
        """Reply to PUT."""
        return self._route("PUT", rule, described)

    def patch(self, rule: str, **described: Unpack[Described]) -> Callable[[Handler], Handler]:
        """Reply to PATCH."""
        return self._route("PATCH", rule, described)

    def delete(self, rule: str, **described: Unpack[Described]) -> Callable[[Handler], Handler]:
        """Reply to DELETE."""
        return self._route("DELETE", rule, described)

    def register(self, app: Flask) -> None:
        """Add the routes to an application."""
        for operation in self._operations:
            app.add_url_rule(
                operation.rule,
                endpoint=f"{self._name}.{operation.handler.__name__}",
                view_func=operation,
                methods=[operation.method],
            )
        if self._documented:
            app.extensions.setdefault("operations", []).extend(self._operations)

    def _route(self, method: str, rule: str, described: Described) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            address = self._prefix + rule
            self._operations.append(
                Operation(self._name, method, address, handler, described, strict=self._strict)
            )
            return handler

        return add


def template_of(rule: str) -> str:
    """The address as the document has it.

    >>> template_of("/v1/orders/<order_id>/payment")
    '/v1/orders/{order_id}/payment'
    """
    return _PLACEHOLDER.sub(r"{\1}", rule)


def _makers(function: Callable[..., Any], header_fields: dict[str, Any]) -> dict[str, Make]:
    """How to make those parameters of a function that are headers, or made by functions."""
    makers: dict[str, Make] = {}
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        markers = getattr(hints[name], "__metadata__", ())
        depends = next((marker for marker in markers if isinstance(marker, Depends)), None)
        if depends is not None:
            makers[name] = _maker(depends.make, header_fields)
        elif any(isinstance(marker, Header) for marker in markers):
            required = parameter.default is inspect.Parameter.empty
            header_fields[name] = (hints[name], ... if required else parameter.default)
            makers[name] = attrgetter(name)
    return makers


def _maker(function: Callable[..., Any], header_fields: dict[str, Any]) -> Make:
    makers = _makers(function, header_fields)
    return lambda headers: function(**{name: make(headers) for name, make in makers.items()})
