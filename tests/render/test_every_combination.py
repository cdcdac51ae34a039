"""Every legal combination of answers renders files that are whole, clean and about what was chosen."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tests.render import formats, matrix, rendering
from tests.render.matrix import ALL, Combination

Rendered = Callable[[Combination], Path]
EACH = pytest.mark.parametrize("combination", ALL, ids=str)

# Words that belong to one engine.
ENGINES = {
    "postgresql": re.compile(r"postgres|psycopg|pgserver|squawk", re.IGNORECASE),
    "mysql": re.compile(r"mysql|mariadb|innodb", re.IGNORECASE),
    "sqlite": re.compile(r"sqlite|\bpragma (?!: ?no cover)\w+ =", re.IGNORECASE),
}
# Words that belong to one of the layers in facts/frameworks.yml, which frameworks may share.
LAYERS = {
    "fastapi": re.compile(r"fastapi|starlette|uvicorn|\basgi\b", re.IGNORECASE),
    "flask": re.compile(r"flask|werkzeug", re.IGNORECASE),
    "django": re.compile(r"django|\bninja\b", re.IGNORECASE),
    "wsgi": re.compile(r"gunicorn|\bwsgi\b", re.IGNORECASE),
    "sqlalchemy": re.compile(r"sqlalchemy|alembic", re.IGNORECASE),
}
# What callers, and only they, know of a way to stay signed in. A framework may have sessions for its admin pages.
AUTHS = {
    "jwt": re.compile(r"access.?tokens?\b|refresh.?tokens?\b|\bjwt\b|auth/tokens", re.IGNORECASE),
    "session": re.compile(r"X-CSRF-Token|__Host-session|auth/sessions|csrf_token\b"),
}
# Words that belong to one library for jobs, to one broker, or to any of them: what a service without jobs never names.
QUEUES = {
    "celery": re.compile(r"celery|kombu|billiard", re.IGNORECASE),
    "rq": re.compile(r"\bRQ\b|\bfrom rq\b|\bimport rq\b|\"rq\b|python-rq"),
}
BROKERS = {"rabbitmq": re.compile(r"rabbit|\bamqps?\b", re.IGNORECASE)}
JOBS = re.compile(r"JOBS_BROKER_URL|job_schedules|\bmake (?:worker|relay)\b|\b(?:core[./]jobs|job_ledger)\b|/v1/jobs")
# Files that may name an engine that was not chosen, and why.
MAY_NAME_ENGINES = {
    ".gitattributes": "git is told about database files wherever a backup or a test leaves one",
    "pyproject.toml": "the law of imports forbids the drivers of all engines to services and routes",
    "scripts/copy_rows.py": "rows come from another engine",
    "scripts/rows.py": "rows come from another engine",
    "docs/switch-database.md": "rows come from another engine",
    "tests/blackbox/client.py": "no answer may leak the name of any engine",
    "tests/faults/test_health_under_faults.py": "no answer may leak the name of any engine",
    "tests/faults/test_requests_under_faults.py": "no answer may leak the name of any engine",
    "tests/repo/test_copy_rows.py": "rows come from another engine",
    "tests/rules/source.py": "an example of a requirement's name in a docstring",
    "tests/rules/test_configuration.py": "an address of a server that must not stand in the source",
    "tests/rules/test_documents.py": "compares the engine that is named with the one that was answered",
    "tests/rules/test_layers.py": "looks for the drivers of all engines",
    "tests/rules/test_project.py": "looks for the drivers of all engines",
    "tests/unit/core/test_logging.py": "a password in an address of any engine is redacted",
}
# Files that may name a library of a framework that was not chosen, and why.
MAY_NAME_LIBRARIES: dict[str, str] = {
    "docs/rules.md": "a rule names the frameworks that may be chosen",
    "pyproject.toml": "the law of imports forbids the libraries of all frameworks to services",
    "rules/catalogue.json": "a rule names the frameworks that may be chosen",
    "tests/blackbox/client.py": "no answer may leak the name of any library",
    "tests/rules/test_code.py": "a class inside a model has a meaning of its own in one framework",
    "tests/rules/source.py": "an example of an imported name in a docstring",
    "tests/rules/test_layers.py": "looks for the libraries of all layers",
    "tests/rules/test_project.py": "looks for the libraries of all frameworks",
}
ANSWERS_FILE = ".copier-answers.yml"
QUESTIONS = "|".join(sorted({*matrix.questions(), *matrix.computed(), "_copier_\\w+"}))
LEFTOVERS = re.compile(
    rf"\{{\{{-?\s*({QUESTIONS})\b|\{{%-?\s*(if|elif|else|endif|for|endfor|set|include|from|import|macro|raw|endraw)\b"
    r"|\{#-? |%\}$",
    re.MULTILINE,
)
NAMES_BY_DEVICE = {"aux", "con", "nul", "prn"}


@EACH
def test_every_file_is_read_by_a_parser_of_its_kind(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)

    assert list(formats.problems(root, rendering.kept_files(root))) == []


@EACH
def test_make_reads_the_makefile(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    text = (root / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE)

    assert {"run", "test", "check", "migrate", "services", "rules", "help"} <= set(targets)
    assert set(targets) == set(re.findall(r"^\.PHONY: ([a-z-]+)$", text, re.MULTILINE))
    for target in targets:
        problem = formats.run(
            "make", "--dry-run", "--warn-undefined-variables", "UV=uv", "FILE=x", "NAME=x", "ARGS=", target, cwd=root
        )
        assert problem == "", target


@EACH
def test_nothing_of_the_template_language_is_left(combination: Combination, rendered: Rendered) -> None:
    found = {
        name: [match.group() for match in LEFTOVERS.finditer(content.decode("utf-8"))]
        for name, content in rendering.kept_files(rendered(combination)).items()
    }

    assert {name: left for name, left in found.items() if left} == {}


@EACH
def test_the_text_is_tidy(combination: Combination, rendered: Rendered) -> None:
    problems = []
    for name, content in rendering.kept_files(rendered(combination)).items():
        text = content.decode("utf-8")
        if not text:
            if PurePosixPath(name).name not in {"__init__.py", "py.typed", ".gitkeep"}:
                problems.append(f"{name}: empty")
            continue
        # Python has two blank lines around functions, in the examples of a document too.
        prose = re.sub(r"^```(?:python|diff)\b.*?^```", "(code)", text, flags=re.DOTALL | re.MULTILINE)
        if "\n\n\n" in prose and not name.endswith((".py", ".mako")):
            problems.append(f"{name}: three newlines in a row")
        if "\n\n\n\n" in text:
            problems.append(f"{name}: four newlines in a row")
        if re.search(r"[ \t]$", prose, re.MULTILINE):  # a diff has blanks of its own
            problems.append(f"{name}: blanks at the end of a line")
        if "\r" in text:
            problems.append(f"{name}: a carriage return")
        if "\t" in text and name != "Makefile":
            problems.append(f"{name}: a tab")
        if not text.endswith("\n") or text.endswith("\n\n"):
            problems.append(f"{name}: does not end with exactly one newline")
        if text.startswith("\n"):
            problems.append(f"{name}: starts with a blank line")

    assert problems == []


def layers_of(framework: str) -> set[str]:
    """The layers whose libraries a framework's services use."""
    facts = yaml.safe_load((matrix.ROOT / "facts" / "frameworks.yml").read_text(encoding="utf-8"))
    return set(facts[framework]["layers"])


def foreign_engines(combination: Combination) -> list[re.Pattern[str]]:
    """What nobody who gave these answers should read about databases."""
    return [words for engine, words in ENGINES.items() if engine != combination["database"]]


def foreign_auths(combination: Combination) -> list[re.Pattern[str]]:
    """What nobody who gave these answers should read about staying signed in."""
    return [words for auth, words in AUTHS.items() if auth != combination["auth"]]


def foreign_libraries(combination: Combination) -> list[re.Pattern[str]]:
    """What nobody who gave these answers should read about frameworks."""
    return [words for layer, words in LAYERS.items() if layer not in layers_of(combination["framework"])]


def foreign_queues(combination: Combination) -> list[re.Pattern[str]]:
    """What nobody who gave these answers should read about jobs."""
    queue, broker = combination["task_queue"], combination["broker"]
    words = [words for name, words in QUEUES.items() if name != queue]
    words += [words for name, words in BROKERS.items() if name != broker]
    return [*words, *([JOBS] if queue == "none" else [])]


def hits(name: str, content: bytes, words: list[re.Pattern[str]]) -> list[str]:
    """The lines of a file, its name among them, that hold one of the words."""
    lines = [name, *content.decode("utf-8").splitlines()]
    return [line.strip() for line in lines if any(word.search(line) for word in words)]


# Files that may name another way to stay signed in, and why.
MAY_NAME_AUTHS: dict[str, str] = {
    "docs/decisions/0009-auth.md": "the decision says what the other way would have been",
    "docs/rules.md": "the rules are the same for all",
    "rules/catalogue.json": "the rules are the same for all",
    "tests/unit/core/test_logging.py": "what callers send under any usual name is masked",
    "tests/unit/core/test_masking.py": "what callers send under any usual name is masked",
}


# Files that may name a library for jobs that was not chosen, and why.
MAY_NAME_QUEUES: dict[str, str] = {
    "pyproject.toml": "the law of imports forbids the libraries of all queues to services",
    "rules/catalogue.json": "the rules are the same for all",
    "src/demo_service/core/broker.py": "one library speaks to both brokers",
    "src/demo_service/core/tls.py": "whoever judges addresses knows those of both brokers",
    "tests/repo/test_secret_scan.py": "a password in an address of any broker is found",
    "tests/rules/test_project.py": "looks for the libraries of all queues",
    "tests/unit/core/test_masking.py": "a password in an address of any broker is masked",
    "tests/unit/core/test_tls.py": "whoever judges addresses knows those of both brokers",
    "tests/unit/test_settings.py": "an address of the other broker is refused",
}


FOREIGN_WORDS = pytest.mark.parametrize(
    ("foreign", "exceptions"),
    [
        pytest.param(foreign_engines, MAY_NAME_ENGINES, id="engines"),
        pytest.param(foreign_libraries, MAY_NAME_LIBRARIES, id="frameworks"),
        pytest.param(foreign_auths, MAY_NAME_AUTHS, id="auth"),
        pytest.param(foreign_queues, MAY_NAME_QUEUES, id="queues"),
    ],
)
Foreign = Callable[[Combination], list[re.Pattern[str]]]


@EACH
@FOREIGN_WORDS
def test_no_file_speaks_of_what_was_not_chosen(
    combination: Combination, rendered: Rendered, foreign: Foreign, exceptions: dict[str, str]
) -> None:
    words = foreign(combination)
    found = {
        name: lines[:3]
        for name, content in rendering.kept_files(rendered(combination)).items()
        if name not in exceptions and name != ANSWERS_FILE and (lines := hits(name, content, words))
    }

    assert found == {}


@FOREIGN_WORDS
def test_every_exception_to_that_is_needed(rendered: Rendered, foreign: Foreign, exceptions: dict[str, str]) -> None:
    needed: set[str] = set()
    for combination in ALL:
        files = rendering.kept_files(rendered(combination))
        needed |= {name for name in exceptions if hits(name, files.get(name, b""), foreign(combination))}

    assert set(exceptions) - needed == set()


def test_every_choice_of_a_library_or_server_has_words_to_look_for() -> None:
    assert set(ENGINES) == set(matrix.choices("database"))
    assert set(QUEUES) == set(matrix.choices("task_queue")) - {"none"}
    assert set(BROKERS) == set(matrix.choices("broker")) - {"redis"}, "Redis counts requests, too"
    assert set(LAYERS) == set().union(*(layers_of(framework) for framework in matrix.choices("framework")))


@EACH
def test_without_the_sample_nothing_of_it_is_left(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    package = root / "src" / "demo_service"
    if combination["sample"]:
        assert (package / "orders").is_dir()
        assert (package / "products").is_dir()
        return
    slices = re.compile(r"import.*\b(orders|products)\b|\.(orders|products)[. ]|\b(Order|Product)(Service|Row)\b")
    code = [path for folder in ("src", "migrations", "scripts") for path in (root / folder).rglob("*.py")]

    assert not [path for path in root.rglob("*") if path.name in {"orders", "products"}]
    assert [path.name for path in code if slices.search(path.read_text(encoding="utf-8"))] == []


@EACH
def test_without_a_pipeline_nothing_of_it_is_left(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)

    assert (root / ".github").exists() == (combination["ci"] == "github")


@EACH
def test_names_of_files_work_on_every_system(combination: Combination, rendered: Rendered) -> None:
    names = list(rendering.kept_files(rendered(combination)))

    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9._/-]+", name)] == []
    assert [name for name in names if NAMES_BY_DEVICE & {part.split(".")[0].lower() for part in name.split("/")}] == []
    assert [name for name in names if len(name) > 120] == []
    assert len({name.lower() for name in names}) == len(names)


@EACH
def test_links_between_documents_lead_somewhere(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    broken = []
    for path in root.rglob("*.md"):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            linked = (path.parent / file).resolve() if file else path
            if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors(linked)):
                broken.append(f"{path.relative_to(root)}: {target}")

    assert broken == []


def anchors(path: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EACH
def test_the_formatter_and_the_linter_have_nothing_to_say(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    ruff = formats.tool("ruff")

    assert formats.run(ruff, "format", "--check", "--no-cache", ".", cwd=root) == ""
    assert formats.run(ruff, "check", "--no-cache", ".", cwd=root) == ""
    # Under the oldest grammar, whatever version was answered: syntax errors only.
    oldest = "py" + "".join(map(str, formats.OLDEST_GRAMMAR))
    assert (
        formats.run(ruff, "check", "--no-cache", "--isolated", "--select=E9", f"--target-version={oldest}", cwd=root)
        == ""
    )


@EACH
def test_executable_are_the_programs_and_nothing_else(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    executable = {name for name in rendering.kept_files(root) if (root / name).stat().st_mode & 0o111}
    programs = {name for name, content in rendering.kept_files(root).items() if content.startswith(b"#!")}

    assert executable == programs


@EACH
def test_the_answers_are_kept_for_the_next_update(combination: Combination, rendered: Rendered) -> None:
    kept = yaml.safe_load((rendered(combination) / ANSWERS_FILE).read_text(encoding="utf-8"))

    assert {name: kept[name] for name in combination.data()} == combination.data()
    assert not set(kept) & matrix.computed(), "computed answers must be computed anew"
