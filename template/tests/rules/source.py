"""The source of the service as the tests of this folder read it: text and syntax trees, nothing imported."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = next(path.parent for path in (ROOT / "src").glob("*/settings.py"))
PACKAGE = SOURCE.name


@dataclass(frozen=True)
class Module:
    """One Python file.

    Attributes:
        path: where it is.
        name: dotted, below the package or folder: `products.service`.
        text: what it holds.
    """

    path: Path
    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def last(self) -> str:
        """The last part of its name: `service`."""
        return self.name.rsplit(".", 1)[-1]

    def at(self, node: ast.AST) -> str:
        """Where a node stands, for messages."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@cache
def modules(folder: Path = SOURCE) -> tuple[Module, ...]:
    """Every module below a folder of the repository."""
    return tuple(
        Module(
            path,
            ".".join(path.relative_to(folder).with_suffix("").parts),
            path.read_text(encoding="utf-8"),
        )
        for path in sorted(folder.rglob("*.py"))
        if ".data" not in path.parts and ".venv" not in path.parts
    )


def planted(text: str, name: str = "products.service") -> Module:
    """A module that exists in a test only."""
    return Module(ROOT / "planted.py", name, text)


def slices() -> list[str]:
    """The names of the slices: folders of the package with a service."""
    return sorted(path.parent.name for path in SOURCE.glob("*/service.py"))


def slice_modules(*kinds: str) -> list[Module]:
    """The modules of all slices, or those of some kinds: `service`, `routes`."""
    return [
        module
        for module in modules()
        if module.name.split(".")[0] in slices() and (not kinds or module.last in kinds)
    ]


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported name with its statement: `sqlalchemy.select`, `..core.errors.NotFound`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            for alias in node.names:
                yield node, f"{prefix}.{alias.name}" if node.module else f"{prefix}{alias.name}"


def imported_packages(tree: ast.AST) -> set[str]:
    """The top names of absolute imports."""
    return {name.split(".")[0] for _, name in imports(tree) if not name.startswith(".")}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted text of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def body_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.stmt]:
    """The body without its docstring."""
    has_docstring = ast.get_docstring(node, clean=False) is not None
    return node.body[1:] if has_docstring else node.body


def scopes(tree: ast.Module) -> list[list[ast.stmt]]:
    """The statements of a module, and those of each of its classes."""
    return [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]


def is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class is an interface, whose methods have no body."""
    return any("Protocol" in ast.unparse(base) for base in node.bases)


def use_case_modules() -> list[Module]:
    """The modules that hold use cases: those of slices with a class that is called ...Service."""
    return [
        module
        for module in slice_modules()
        if any(
            isinstance(node, ast.ClassDef) and node.name.endswith("Service")
            for node in module.tree.body
        )
    ]


def public_service_methods() -> list[tuple[Module, ast.ClassDef, ast.FunctionDef]]:
    """Every use case: the public methods of the classes of a slice that are called ...Service."""
    return [
        (module, owner, method)
        for module in use_case_modules()
        for owner in module.tree.body
        if isinstance(owner, ast.ClassDef) and owner.name.endswith("Service")
        for method in owner.body
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_")
    ]


@cache
def project() -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement_name(requirement: str) -> str:
    """The normalised name in a requirement: `psycopg[binary]>=3.3,<4` is `psycopg`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, f"not a requirement: {requirement!r}"
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def page(name: str) -> str:
    """The text of a page of the repository: `docs/errors.md`."""
    return (ROOT / name).read_text(encoding="utf-8")


def answer(question: str) -> str:
    """What was answered when this service was made: `database` is `postgresql`."""
    found = re.search(rf"^{question}: *(.*)$", page(".copier-answers.yml"), re.MULTILINE)
    assert found, f"no answer to {question!r} in .copier-answers.yml"
    return found[1].strip().strip("'\"")


def make_targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", page("Makefile"), re.MULTILINE))
