"""Nothing half done, nothing swallowed, nothing shared, and code that stays readable."""

import ast
import doctest
import importlib
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from .source import (
    PACKAGE,
    ROOT,
    Module,
    body_of,
    calls,
    functions,
    is_protocol,
    modules,
    planted,
    project,
    scopes,
    slice_modules,
)

MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_SILENCED_TYPES = 30
MAX_SILENCED_LINTS = 70

CODE = [
    *modules(),
    *(module for folder in ("migrations", "scripts") for module in modules(ROOT / folder)),
]
# Put together, so that the marks do not stand in this file.
OPEN_WORK = re.compile(
    "|".join(rf"\b{word}\b" for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
)


def comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def unfinished(module: Module) -> list[str]:
    """Marks of open work, bodies without a statement, and errors that stand for missing code."""
    found = [f"{module.path.name}: {mark[0]}" for mark in OPEN_WORK.finditer(module.text)]
    interfaces = {
        method
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.ClassDef) and is_protocol(owner)
        for method in owner.body
    }
    for node in functions(module.tree):
        # A step that one engine needs and another does not says so in its docstring.
        if "othing" in (ast.get_docstring(node) or ""):
            continue
        decorators = {
            ast.unparse(decorator).rsplit(".", 1)[-1] for decorator in node.decorator_list
        }
        if node in interfaces or decorators & {"overload", "abstractmethod"}:
            continue
        if all(
            isinstance(statement, ast.Pass)
            or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
            for statement in body_of(node)
        ):
            found.append(f"{module.at(node)}: {node.name} does nothing")
    found += [
        f"{module.at(name)}: NotImplementedError"
        for name in ast.walk(module.tree)
        if isinstance(name, ast.Name) and name.id == "NotImplementedError"
    ]
    return found


@pytest.mark.rule("CODE-05")
def test_no_code_is_left_half_done() -> None:
    assert [problem for module in CODE for problem in unfinished(module)] == []


@pytest.mark.rule("CODE-05")
@pytest.mark.parametrize(
    "text",
    [
        "# TO" + "DO: later\n",
        "def f():\n    pass\n",
        "def f():\n    '''Says much.'''\n    ...\n",
        "class A:\n    def f(self):\n        raise NotImplementedError\n",
    ],
)
def test_a_planted_stub_is_found(text: str) -> None:
    assert len(unfinished(planted(text))) == 1


def swallowed(module: Module) -> list[str]:
    """Handlers of exceptions that do nothing but go on, or nothing but log."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and all(map(_does_nothing, node.body)):
            found.append(f"{module.at(node)}: the error is swallowed")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{module.at(node)}: catches everything")
    for call, name in calls(module.tree):
        broad = {"Exception", "BaseException"} & {ast.unparse(argument) for argument in call.args}
        if name.endswith("suppress") and broad:
            found.append(f"{module.at(call)}: the error is suppressed")
    return found


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    if isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func).split(".")[0] in {
            "log",
            "logger",
            "logging",
            "print",
        }
    return isinstance(statement.value, ast.Constant)


@pytest.mark.rule("ERR-06")
def test_no_handler_swallows_an_error() -> None:
    assert [problem for module in CODE for problem in swallowed(module)] == []


@pytest.mark.rule("ERR-06")
@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError:\n    pass",
        "except ValueError:\n    log.error('x')",
        "except:\n    raise",
    ],
)
def test_a_planted_swallowed_error_is_found(handler: str) -> None:
    assert len(swallowed(planted(f"try:\n    f()\n{handler}\n"))) == 1


@pytest.mark.rule("ERR-06")
def test_the_linter_looks_for_swallowed_errors() -> None:
    assert {"BLE", "S", "TRY"} <= set(project()["tool"]["ruff"]["lint"]["select"])


def shared_state(module: Module) -> list[str]:
    """`global` statements, and collections of the module that a function writes to."""
    found = [
        f"{module.at(node)}: global {', '.join(node.names)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Global)
    ]
    collections = {
        target.id
        for node in module.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_collection(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    writers = {
        "append",
        "add",
        "update",
        "pop",
        "clear",
        "setdefault",
        "extend",
        "insert",
        "remove",
    }
    for function in functions(module.tree):
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Store | ast.Del)
                and isinstance(node.value, ast.Name)
                and node.value.id in collections
            ):
                found.append(f"{module.at(node)}: writes {node.value.id}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in writers
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in collections
            ):
                found.append(f"{module.at(node)}: writes {node.func.value.id}")
    return found


def _is_collection(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in {"dict", "list", "set", "defaultdict", "deque"}
    return isinstance(
        value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
    )


@pytest.mark.rule("ARCH-12")
def test_no_module_keeps_state_that_requests_share() -> None:
    assert [problem for module in modules() for problem in shared_state(module)] == []


@pytest.mark.rule("ARCH-12")
@pytest.mark.parametrize(
    "text",
    [
        "seen = {}\ndef f(x):\n    seen[x] = 1\n",
        "seen: list[int] = []\ndef f(x):\n    seen.append(x)\n",
        "count = 0\ndef f():\n    global count\n    count += 1\n",
    ],
)
def test_planted_shared_state_is_found(text: str) -> None:
    assert len(shared_state(planted(text))) == 1


@pytest.mark.rule("CODE-06")
def test_modules_and_functions_stay_short() -> None:
    long_modules = [m.name for m in CODE if len(m.text.splitlines()) > MAX_MODULE_LINES]
    long_functions = [
        module.at(function)
        for module in CODE
        if "versions" not in module.name  # a revision is one list of steps
        for function in functions(module.tree)
        if (function.end_lineno or 0) - function.lineno > MAX_FUNCTION_LINES
    ]

    assert (long_modules, long_functions) == ([], [])


@pytest.mark.rule("CODE-06")
def test_the_linter_caps_complexity() -> None:
    lint = project()["tool"]["ruff"]["lint"]

    assert {"C90", "PL"} <= set(lint["select"])
    assert lint["mccabe"]["max-complexity"] <= 10


@pytest.mark.rule("CODE-01")
def test_the_linter_looks_at_names_and_dead_code() -> None:
    assert {"A", "E", "ERA", "N"} <= set(project()["tool"]["ruff"]["lint"]["select"])


@pytest.mark.rule("CODE-02", "CODE-04")
def test_silenced_checks_are_few_and_say_what_they_silence() -> None:
    found = [comment for module in CODE for comment in comments(module.text)]
    types = [comment for comment in found if "type: ignore" in comment]
    lints = [comment for comment in found if "noqa" in comment]

    assert [comment for comment in types if not re.search(r"type: ignore\[[a-z-]", comment)] == []
    assert [comment for comment in lints if not re.search(r"noqa: [A-Z]+[0-9]", comment)] == []
    assert len(types) <= MAX_SILENCED_TYPES
    assert len(lints) <= MAX_SILENCED_LINTS


@pytest.mark.rule("CODE-02")
def test_the_type_checker_is_strict_and_reads_everything() -> None:
    mypy = project()["tool"]["mypy"]

    assert mypy["strict"] is True
    folders = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("[!.]*/**/*.py")}
    assert folders - set(mypy["files"]) == set()


def unexplained(module: Module) -> list[str]:
    """Public classes and functions without a docstring."""
    public = [
        node
        for scope in scopes(module.tree)
        for node in scope
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and node.name != "Meta"  # where Django reads the options of a model
    ]
    return [f"{module.at(node)}: {node.name}" for node in public if not ast.get_docstring(node)]


@pytest.mark.rule("DOC-07")
def test_services_and_entities_explain_themselves() -> None:
    explained = [
        *slice_modules("service", "entities"),
        *(m for m in modules() if m.name.startswith("core.")),
    ]

    assert [problem for module in explained for problem in unexplained(module)] == []
    assert [module.name for module in explained if not ast.get_docstring(module.tree)] == []


@pytest.mark.rule("DOC-07")
def test_a_planted_silent_class_is_found() -> None:
    assert (
        len(unexplained(planted("class A:\n    '''Says it.'''\n    def f(self): return 1\n"))) == 1
    )


@pytest.mark.rule("DOC-08")
def test_the_examples_of_the_domain_hold() -> None:
    domain = [module.name for module in slice_modules("entities")] + ["core.money"]
    results = {
        name: doctest.testmod(importlib.import_module(f"{PACKAGE}.{name}")) for name in domain
    }

    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert [name for name, result in results.items() if result.attempted == 0] == []
