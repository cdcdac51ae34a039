"""Reads every kind of file that a render may hold with a parser of its own; each returns what is wrong with it."""

import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import yaml

# The oldest Python that a service may be answered to run on reads all of them.
OLDEST_GRAMMAR = (3, 11)
PATTERN_FILES = frozenset({".gitignore", ".gitattributes", ".dockerignore", "CODEOWNERS"})
TOOLS = Path(sys.executable).parent


def tool(name: str) -> str:
    """A program out of the environment that runs the tests, else from the PATH.

    Raises:
        AssertionError: it is nowhere. A check that cannot run must not pass.
    """
    found = shutil.which(name, path=TOOLS) or shutil.which(name)
    assert found, f"{name} is not installed in the environment of the template's tests"
    return found


def run(*command: str, cwd: Path | None = None) -> str:
    """What a checking program complains about; nothing when it ends with 0."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"{command[0]}: {done.returncode}"


def python(text: str) -> str:
    try:
        ast.parse(text, feature_version=OLDEST_GRAMMAR)
    except SyntaxError as error:
        return str(error)
    return ""


def toml(text: str) -> str:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return ""


class NoDuplicates(yaml.SafeLoader):
    """YAML in which a key given twice is an error, as everywhere but in PyYAML."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"given twice: {twice}", node.start_mark)
        return dict(super().construct_mapping(node, deep))


def yaml_(text: str) -> str:
    try:
        list(yaml.load_all(text, Loader=NoDuplicates))
    except yaml.YAMLError as error:
        return str(error)
    return ""


def no_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"given twice: {sorted({name for name in names if names.count(name) > 1})}")
    return dict(pairs)


def json_(text: str) -> str:
    try:
        json.loads(text, object_pairs_hook=no_repeated_keys)
    except ValueError as error:
        return str(error)
    return ""


def ini(text: str) -> str:
    try:
        configparser.ConfigParser(interpolation=None).read_string("[before any section]\n" + text)
    except configparser.Error as error:
        return str(error)
    return ""


def environment(text: str) -> str:
    """`NAME=value` lines that a shell, compose and dotenv libraries read in the same way."""
    wrong = [
        line
        for line in text.splitlines()
        if line.strip() and not re.fullmatch(r"#.*|[A-Z][A-Z0-9_]*=[^\s\"'`$#]*", line)
    ]
    return f"neither a comment nor a plain NAME=value: {wrong}" if wrong else ""


def patterns(text: str) -> str:
    """One pattern a line, with an owner or attribute behind it perhaps."""
    wrong = [line for line in text.splitlines() if "\\ " in line or line != line.strip()]
    return f"white space around a pattern: {wrong}" if wrong else ""


def markdown(text: str) -> str:
    """Every fence that is opened is closed, and its Python, TOML, JSON and YAML can be read."""
    problems = []
    opened: tuple[str, str] | None = None
    body: list[str] = []
    for line in text.splitlines():
        mark = re.match(r"(`{3,})(\S*)", line.lstrip())
        if mark and opened is None:
            opened, body = (mark[1], mark[2]), []
        elif mark and opened is not None and mark[1] == opened[0] and not mark[2]:
            read = FENCES.get(opened[1])
            if read and (problem := read("\n".join(body))):
                problems.append(f"{opened[1]} example: {problem}")
            opened = None
        else:
            body.append(line)
    if opened:
        problems.append(f"a fence ({opened[0]}{opened[1]}) is not closed")
    return "; ".join(problems)


def mako(text: str) -> str:
    """Alembic's template for new revisions: its expressions and blocks are closed."""
    expressions = text.count("${")
    if expressions != len(re.findall(r"\$\{[^{}\n]+\}", text)):
        return "a ${ is not closed"
    return ""


def any_text(_: str) -> str:
    return ""


def shell(path: Path) -> str:
    return run("sh", "-n", str(path)) or run(tool("shellcheck"), str(path))


def dockerfile(path: Path) -> str:
    return run(tool("hadolint"), "--no-color", str(path))


# Examples may leave things out, so JSON and Python ones are read only where they claim to be whole.
FENCES: dict[str, Callable[[str], str]] = {"toml": toml, "yaml": yaml_, "json": json_}

BY_SUFFIX: dict[str, Callable[[str], str]] = {
    ".cfg": ini,
    ".example": environment,
    ".ini": ini,
    ".json": json_,
    ".mako": mako,
    ".md": markdown,
    ".py": python,
    ".toml": toml,
    ".txt": any_text,
    ".yaml": yaml_,
    ".yml": yaml_,
}
BY_NAME: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(PATTERN_FILES, patterns),
    ".editorconfig": ini,
    ".python-version": lambda text: "" if re.fullmatch(r"3\.\d+\n", text) else "no version of Python",
    "LICENSE": any_text,
    "Makefile": any_text,  # make itself reads it, in test_every_combination.py
    "py.typed": any_text,
}


def reader(name: str, content: bytes) -> Callable[[str], str] | Callable[[Path], str] | None:
    """The parser for a file; None when nobody thought of its kind yet."""
    path = PurePosixPath(name)
    if (content.startswith(b"#!") and b"sh" in content.splitlines()[0]) or path.suffix == ".sh":
        return shell
    if path.name.startswith("Dockerfile"):
        return dockerfile
    return BY_NAME.get(path.name) or BY_SUFFIX.get(path.suffix)


def problems(root: Path, contents: dict[str, bytes]) -> Iterable[str]:
    """What the parsers say about a whole render."""
    for name, content in contents.items():
        read = reader(name, content)
        if read is None:
            yield f"{name}: tests/render/formats.py has no parser for such a file; add one"
            continue
        found = read(root / name) if read in (shell, dockerfile) else read(content.decode("utf-8"))  # type: ignore[arg-type]
        if found:
            yield f"{name}: {found}"
