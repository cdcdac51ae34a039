"""Show what a set of answers renders, and from which layer each file comes; or how much each layer weighs.

    python -m scripts.tree flask [sqlite]   the tree of a service
    python -m scripts.tree --weights        lines per layer, and what frameworks share

Shared is a file that the default framework's users get too, byte for byte, where the other answers are the same. Every
file that Copier writes counts: code, tests, documents, settings. Only `.copier-answers.yml` is left out, because it
holds the answers themselves. Lines are counted whole: all of a shared file's, none of another's.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import copier
import yaml
from plumbum import local

from scripts.layers import BASE, layer_of, sources
from scripts.render import ROOT, snapshot

ANSWERS_FILE = ".copier-answers.yml"


@cache
def choices(name: str) -> list[str]:
    """What can be answered to a question about the stack, the default first."""
    question = yaml.safe_load((ROOT / "questions" / "20_stack.yml").read_text(encoding="utf-8"))[name]
    return sorted(question["choices"], key=lambda choice: bool(choice != question["default"]))


def contents(framework: str, database: str) -> dict[str, bytes]:
    """Every file of a render but its answers. Nothing is kept on the disk."""
    with tempfile.TemporaryDirectory(prefix="tree-") as folder:
        source, target = snapshot(Path(folder) / "template"), Path(folder) / "service"
        answers = {"framework": framework, "database": database}
        # Copier starts git for every single file, to keep modes in an index; this render has none. Half the time.
        with local.env(PATH=""):
            copier.run_copy(str(source), target, data=answers, defaults=True, quiet=True, skip_tasks=True, unsafe=True)
        return {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in sorted(target.rglob("*"))
            if path.is_file() and path.name != ANSWERS_FILE
        }


def layers_of(framework: str, database: str) -> dict[str, str]:
    """The layer of each file that the answers render."""
    found = sources({"framework": framework, "database": database})
    return {name: layer_of(paths[0]) for name, paths in found.items() if name != ANSWERS_FILE}


@dataclass(frozen=True)
class Share:
    """How much of a render another one holds too, byte for byte."""

    files: int
    shared_files: int
    lines: int
    shared_lines: int

    @property
    def of_files(self) -> float:
        """Between 0 and 1."""
        return self.shared_files / self.files

    @property
    def of_lines(self) -> float:
        """Between 0 and 1."""
        return self.shared_lines / self.lines


def share(ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> Share:
    """What of our files is theirs, too."""
    shared = [name for name, content in ours.items() if theirs.get(name) == content]
    return Share(len(ours), len(shared), lines(ours.values()), lines(ours[name] for name in shared))


def lines(files: Iterable[bytes]) -> int:
    """The lines of some files."""
    return sum(len(content.splitlines()) for content in files)


def tree(layers: Mapping[str, str]) -> str:
    """The files, indented below their folders, each with its layer."""
    width = max(len(PurePosixPath(name).name) + 2 * name.count("/") for name in layers) + 2
    printed: list[str] = []
    seen: set[PurePosixPath] = set()
    for path in sorted(PurePosixPath(name) for name in layers):
        for folder in [*reversed(path.parents)][1:]:
            if folder not in seen:
                seen.add(folder)
                printed.append(f"{'  ' * (len(folder.parts) - 1)}{folder.name}/")
        entry = f"{'  ' * (len(path.parts) - 1)}{path.name}"
        printed.append(f"{entry:<{width}}{layers[path.as_posix()]}")
    counted = Counter(layers.values())
    printed.append("")
    printed += [f"{counted[layer]:>5} files  {layer}" for layer in sorted(counted, key=lambda one: (one != BASE, one))]
    return "\n".join(printed)


def weights() -> str:
    """Files and lines of every layer over all frameworks and databases, and the shares of the frameworks."""
    default, *others = choices("framework")
    renders = {(one, two): contents(one, two) for one in choices("framework") for two in choices("database")}
    weighed: dict[str, dict[str, int]] = {}
    for answers, files in renders.items():
        for name, layer in layers_of(*answers).items():
            weighed.setdefault(layer, {})[name] = lines([files[name]])
    rows = [f"{'layer':<32}{'files':>7}{'lines':>8}"]
    rows += [
        f"{layer:<32}{len(weighed[layer]):>7}{sum(weighed[layer].values()):>8}"
        for layer in sorted(weighed, key=lambda one: (one != BASE, one))
    ]
    rows += ["", f"the same, byte for byte, as with {default}:"]
    for framework in others:
        for database in choices("database"):
            found = share(renders[framework, database], renders[default, database])
            rows.append(
                f"{framework:<10}{database:<14}"
                f"{found.of_files:>6.1%} of {found.files} files {found.of_lines:>7.1%} of {found.lines} lines"
            )
    return "\n".join(rows)


def main() -> int:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description="What a service holds, and from which layer.")
    parser.add_argument("framework", nargs="?", choices=choices("framework"), default=choices("framework")[0])
    parser.add_argument("database", nargs="?", choices=choices("database"), default=choices("database")[0])
    parser.add_argument("--weights", action="store_true", help="lines per layer, and what the frameworks share")
    options = parser.parse_args()
    print(weights() if options.weights else tree(layers_of(options.framework, options.database)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
