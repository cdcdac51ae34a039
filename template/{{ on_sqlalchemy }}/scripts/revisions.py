"""How Alembic's revisions are written: where they are, and what they consist of."""

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "migrations"
UNFILLED = (FOLDER / "script.py.mako").read_text(encoding="utf-8")
"""How a new revision begins."""


def files() -> list[Path]:
    """Every revision."""
    return sorted((FOLDER / "versions").glob("*.py"))


def name_of(path: Path) -> str:
    """What a revision is called."""
    return path.stem.split("_")[0]


def span_of(path: Path) -> str:
    """The revision as a way: from the one before to itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        node.target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    return f"{assigned.get('down_revision') or 'base'}:{assigned['revision']}"


def one_way(tree: ast.Module) -> Iterator[str]:
    """What keeps a revision from being taken back."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in ("upgrade", "downgrade"):
        if name not in functions or _is_empty(functions[name]):
            yield f"its {name}() does nothing; a revision goes both ways"


def _is_empty(function: ast.FunctionDef) -> bool:
    """Whether a function does nothing but speak: `pass`, `...`, a docstring."""
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )
