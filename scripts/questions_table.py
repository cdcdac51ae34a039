"""Keep the table of questions in README.md in step with the question files.

python -m scripts.questions_table            write it between the two markers
python -m scripts.questions_table --check    compare only; ends with 1 if it is stale
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import copier

from scripts.render import ROOT, snapshot

BEGIN, END = "<!-- questions:start -->\n", "<!-- questions:end -->\n"


def asked() -> dict[str, dict[str, Any]]:
    """Each question that a person is asked, in the order of asking; `default` is what Enter alone answers."""
    # Copier itself reads and answers them, so there is no second reading of the files that could differ.
    with TemporaryDirectory() as folder:
        source = snapshot(Path(folder) / "source", leave_out="template")
        (source / "template").mkdir()
        worker = copier.run_copy(
            str(source), Path(folder) / "nothing", defaults=True, quiet=True, skip_tasks=True, unsafe=True
        )
        questions = worker.template.questions_data
        answers = worker.answers.combined
    return {
        name: {**question, "default": answers[name]}
        for name, question in questions.items()
        if question.get("when", True)
    }


def cell(text: str) -> str:
    """Text for one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def table() -> str:
    """The table, one row a question."""
    rows = ["| question | what it decides | answers | default |", "| --- | --- | --- | --- |"]
    for name, question in asked().items():
        if question["type"] == "bool":
            answers, default = "yes, no", "yes" if question["default"] else "no"
        else:
            answers = ", ".join(f"`{choice}`" for choice in question.get("choices", [])) or "text"
            default = f"`{question['default']}`"
        rows.append(f"| `{name}` | {cell(question['help'])} | {answers} | {default} |")
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with the present table between its markers.

    Raises:
        SystemExit: the page does not hold each marker once, on a line of its own.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise SystemExit(f"README.md needs the lines {BEGIN.strip()} and {END.strip()} once each, in this order")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description="The table of questions in README.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the table is stale")
    options = parser.parse_args()
    readme = ROOT / "README.md"
    page = readme.read_text(encoding="utf-8")
    wanted = with_table(page)
    if page == wanted:
        return 0
    if options.check:
        print("README.md: the table of questions is stale; renew it with `make pages`", file=sys.stderr)
        return 1
    readme.write_text(wanted, encoding="utf-8")
    print("written: the table of questions in README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
