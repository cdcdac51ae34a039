"""Links lead somewhere, every page can be found, and no page speaks of what is not there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import DOCS, PAGES, README, ROOT, blocks, links, prose
from tests.render import formats, matrix

EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
# Written of as what may come, in pages that explain why things are as they are.
MAY_NAME_WHAT_MAY_COME = {
    "docs/explanation/why-sync-core.md",
    "docs/how-to/add-a-layer.md",
    "docs/how-to/add-an-option.md",
}
NOT_OFFERED = re.compile(r"\b(kafka|graphql|grpc|gitlab|jenkins|helm|kubernetes)\b", re.IGNORECASE)


@EACH
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        linked = (page.parent / file).resolve() if file else page
        if not linked.exists() or not linked.is_relative_to(ROOT) or (anchor and anchor not in anchors(linked)):
            broken.append(target)

    assert broken == []


def anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_list_of_pages() -> None:
    reached, waiting = set(), [DOCS / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / target.partition("#")[0]).resolve() for target in links(page) if ":" not in target]
        waiting += [target for target in targets if target.suffix == ".md" and target.is_relative_to(DOCS)]

    assert set(DOCS.rglob("*.md")) - reached == set()
    assert DOCS / "README.md" in {(ROOT / target).resolve() for target in links(README)}


@EACH
def test_no_page_claims_an_option_that_is_not_offered(page: Path) -> None:
    if page.relative_to(ROOT).as_posix() in MAY_NAME_WHAT_MAY_COME:
        return

    assert sorted({match.group() for match in NOT_OFFERED.finditer(prose(page))}) == []


@EACH
def test_answers_in_examples_are_offered(page: Path) -> None:
    """`--data database=postgresql` names a question, and one of its answers."""
    text = page.read_text(encoding="utf-8")
    for name, answer in re.findall(r"--data (\w+)=(\S+?)[`\s)]", text):
        assert name in matrix.questions(), name
        if name in (*matrix.CROSSED, *matrix.SPREAD):
            assert yaml.safe_load(answer) in matrix.choices(name), f"{name}={answer}"


@EACH
def test_make_targets_in_examples_exist(page: Path) -> None:
    """Commands are those of this repository's Makefile or of a service's."""
    targets = set()
    for makefile in (ROOT / "Makefile", ROOT / "template" / "Makefile.jinja"):
        targets |= set(re.findall(r"^([a-z][a-z-]*):", makefile.read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"`make ((?:[a-z-]+ ?)+)", text) + re.findall(r"^make ((?:[a-z-]+ ?)+)", text, re.MULTILINE)
    named = {target for command in commands for target in command.split()}

    assert named - targets == set()


@EACH
def test_files_in_backticks_exist(page: Path) -> None:
    """A path of this repository that a page names is there, in the repository or in what it renders."""
    missing = []
    for name in re.findall(
        r"`((?:questions|facts|template|rules|hooks|tests|scripts|requirements|docs)/[\w./-]*)`",
        page.read_text(encoding="utf-8"),
    ):
        layers = [ROOT, ROOT / "template", *(ROOT / "template").glob("{{ on_* }}")]
        if not any((layer / found).exists() for layer in layers for found in (name, f"{name}.jinja")):
            missing.append(name)

    # Written by a command, or rendered from rules/ for the answers.
    assert [name for name in missing if name not in {"rules/catalogue.json"}] == []


@EACH
def test_the_text_is_tidy(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert formats.markdown(text) == ""
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    lines = [
        line for line in re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).splitlines() if not line.startswith("|")
    ]
    assert [line for line in lines if len(line) > 140] == []
    assert text.startswith("# ")


def test_every_decision_has_its_three_parts_and_is_listed() -> None:
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    listed = links(DOCS / "decisions" / "README.md")

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert listed == [page.name for page in pages]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert 10 <= text.count("\n") <= 35, page.name


def test_every_hook_step_and_switch_is_in_the_reference() -> None:
    hook = (ROOT / "hooks" / "post_copy.py").read_text(encoding="utf-8")
    steps = re.findall(r'^        \("([a-z]+)", ', hook, re.MULTILINE)
    page = (DOCS / "reference" / "hooks.md").read_text(encoding="utf-8")

    assert len(steps) >= 5
    for step in steps:
        assert f"| `{step}` |" in page
        assert f"`SKIP_HOOK_{step.upper()}=1`" in page


def test_every_field_of_a_rule_is_in_the_reference() -> None:
    from tests.rules.catalogue import FIELDS, load_rules

    page = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == FIELDS
    example = next(block for block in blocks(DOCS / "reference" / "rules.md") if block.language == "yaml")
    (rule,) = yaml.safe_load(example.text)
    known = load_rules()[rule.pop("id")]
    assert {name: getattr(known, name) for name in rule} == rule


def test_the_table_of_questions_is_that_of_the_question_files() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.questions_table", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_named_answers_are_those_of_the_files() -> None:
    """Each stands in the row of its framework."""
    page = (DOCS / "how-to" / "work-on-the-template.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`tests/answers/.*) \| (\w+)", page, re.MULTILINE)
    shown = {name: title.lower() for names, title in rows for name in re.findall(r"`(tests/answers/\S+)`", names)}
    default = matrix.default("framework")

    assert shown == {
        path.relative_to(ROOT).as_posix(): (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(
            "framework", default
        )
        for path in (ROOT / "tests" / "answers").glob("*.yml")
    }


def test_the_readme_counts_the_rules_right() -> None:
    from tests.rules.catalogue import load_rules

    assert {
        int(number) for number in re.findall(r"(\d+) (?:engineering )?rules", README.read_text(encoding="utf-8"))
    } == {len(load_rules())}


def test_the_tree_in_the_readme_is_rendered(template: Path, tmp_path: Path) -> None:
    from tests.render import rendering

    root = rendering.render(template, tmp_path / "service", {"project_name": "Orders Service"})
    tree = next(block.text for block in blocks(README) if "├──" in block.text)
    folder: list[str] = []
    for depth, name in re.findall(r"^((?:│   |    )*)[├└]── (\S+)", tree, re.MULTILINE):
        folder = [*folder[: len(depth) // 4], name.rstrip("/")]
        path = root.joinpath(*folder)
        assert path.is_dir() if name.endswith("/") else path.is_file(), "/".join(folder)


def test_the_output_of_the_demonstration_has_the_shape_of_the_demonstration() -> None:
    """Its steps and exchanges are those that scripts/demo.py prints; times and ids differ from run to run."""
    text = README.read_text(encoding="utf-8")
    shown = text.split("<!-- demo:start -->")[1].split("<!-- demo:end -->")[0]
    demo = (ROOT / "scripts" / "demo.py").read_text(encoding="utf-8")
    steps = [re.sub(r"\\\{.*?\\\}", ".+", re.escape(step)) for step in re.findall(r'with step\(f?"(.+?)"\)', demo)]
    said = re.findall(r"^=== (?!\d)(.+)$", shown, re.MULTILINE)

    assert len(steps) >= 4
    assert [bool(re.fullmatch(step, line)) for step, line in zip(steps, said, strict=True)] == [True] * len(steps)
    for line in re.findall(r'print\(f?"\\?n?([A-Z][^"{]{15,})', demo):
        if "Ctrl-C" not in line and "interactive documentation: " not in line:
            assert line in shown, line
    assert "POST /v1/products {" in shown
    assert "201  etag:" in shown
    assert "GET /v1/products/" in shown
    for step in ("settings", "dependencies", "database", "pipeline", "git"):
        assert re.search(rf"^  ok +{step} ", shown, re.MULTILINE), step
