"""The pages of this repository, and the commands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the mark (`<!-- test: ... -->`) above it."""

    language: str
    text: str
    mark: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page in their order; a mark without a block behind it is a block without text."""
    found = re.finditer(
        r"^(?:<!-- test: (?P<mark>[a-z]+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$"
        r"|^<!-- test: (?P<alone>[a-z]+) -->$",
        page.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    for match in found:
        line = match.string[: match.start()].count("\n") + 1
        if match["alone"]:
            yield Block("", "", match["alone"], line)
        else:
            yield Block(match["language"], match["text"], match["mark"] or "", line)


def prose(page: Path) -> str:
    """A page without its blocks and without its inline code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def links(page: Path) -> list[str]:
    """Where a page links to."""
    return re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", prose(page))
