"""Bring the pages that a service generates from its code into the template, for every answer.

    python -m scripts.generated_pages            write them
    python -m scripts.generated_pages --check    compare only; ends with 1 and names the stale ones

A service is rendered for each database and each persistence layer, with and without the sample slices, with and
without jobs, and on one database for each way to stay signed in; its own `scripts.docs` writes its pages; what differs
becomes a block that depends on the answer. Needs the services' dependencies in the interpreter that runs it.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path

import copier
from plumbum import local

from scripts.render import ROOT, quicken_renders

DATABASES = ("postgresql", "mysql", "sqlite")
# No page depends on both the database and the way to stay signed in: the second one is tried on one database.
AUTHS = ("jwt", "session")
# No page depends on the queue or on its broker, but for how the addresses of the latter begin.
QUEUES = {True: {"task_queue": "celery", "broker": "rabbitmq"}, False: {"task_queue": "none"}}
# One framework for each persistence layer: the others' pages are the same.
FRAMEWORKS = {"sqlalchemy": "fastapi", "django": "django"}
ANSWERS = {
    "project_name": "Placeholder Answer",
    "project_slug": "placeholder-slug",
    "package_name": "placeholder_package",
}
# Every operation that changes anything differs by the way to stay signed in.
CONTRACT = "openapi/v1.json"
PAGES = (
    ".env.example",
    "config/production.env.example",
    "config/test.env.example",
    "docs/configuration.md",
    "docs/errors.md",
    CONTRACT,
)
# Follows from the models: a page for each pair of a database and a persistence layer.
SCHEMA = "docs/schema.md"
API = "docs/api.md"
BEGIN, END = "<!-- operations: begin -->\n", "<!-- operations: end -->"


def render(source: Path, target: Path, **answers: str | bool) -> None:
    """Render one service and let it write its pages."""
    # Without git, as in scripts/render.py.
    with local.env(PATH=""):
        copier.run_copy(
            str(source),
            target,
            data={**ANSWERS, **answers},
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_tasks=True,
            unsafe=True,
        )
    # The service asks for its own version, so it has to look installed.
    folder = ANSWERS["project_slug"].replace("-", "_") + "-0.1.0.dist-info"
    metadata = target / "src" / folder / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {ANSWERS['project_slug']}\nVersion: 0.1.0\n")
    finished = subprocess.run(
        [sys.executable, "-m", "scripts.docs"],
        cwd=target,
        env={**os.environ, "PYTHONPATH": "src", "ENVIRONMENT": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise SystemExit(f"scripts.docs failed for {answers}:\n{finished.stderr}")


def with_answers(text: str, database: str, name: str) -> str:
    """The text of a page with the answers put back as expressions."""
    for mark in ("{{", "{%", "{#"):
        if mark in text:
            raise SystemExit(f"{name} holds '{mark}', which the template would read as its own")
    text = text.replace(f"{database}://", "{{ db.scheme }}://")
    text = text.replace("amqp://", "{{ message_broker.schemes[0] }}://").replace(
        "amqps://", "{{ message_broker.schemes[1] }}://"
    )
    for question, answer in ANSWERS.items():
        text = text.replace(answer, "{{ " + question + " }}")
    return text


def units(text: str) -> list[str]:
    """The lines of a text; a block that depends on an answer is one, for half of it means nothing."""
    found: list[str] = []
    depth = 0
    for line in text.splitlines(keepends=True):
        if depth:
            found[-1] += line
        else:
            found.append(line)
        depth += line.startswith("{% if ") - line.startswith("{% endif %}")
    return found


def merged(yes: str, no: str, condition: str = "sample") -> str:
    """One text for both: what differs becomes blocks that ask for a condition, by default for the sample slices."""
    left, right = units(yes), units(no)
    parts: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            parts += left[a:b]
            continue
        if a < b:
            parts += ["{% if " + condition + " %}\n", *left[a:b]]
        else:
            parts += ["{% if not (" + condition + ") %}\n" if " " in condition else "{% if not " + condition + " %}\n"]
        if a < b and c < d:
            parts += ["{% else %}\n"]
        parts += [*right[c:d], "{% endif %}\n"]
    return "".join(parts)


def operations(page: str) -> str:
    """The generated part of the page about the API."""
    return page.split(BEGIN)[1].split(END)[0]


def pages_of(root: Path, database: str) -> dict[str, str]:
    """The pages of one service, with the answers put back."""
    texts = {name: (root / name).read_text(encoding="utf-8") for name in (*PAGES, SCHEMA, API)}
    texts[API] = operations(texts[API])
    return {name: text if name == API else with_answers(text, database, name) for name, text in texts.items()}


def rendered(source: Path, folder: Path, framework: str, database: str, auth: str) -> dict[str, str]:
    """The pages of a framework on a database, each with blocks that ask for the sample slices and for jobs."""
    by_jobs = []
    for jobs, queue in QUEUES.items():
        by_sample = []
        for sample in (True, False):
            root = folder / f"{framework}-{database}-{auth}-{jobs}-{sample}"
            render(source, root, framework=framework, database=database, auth=auth, sample=sample, **queue)
            by_sample.append(pages_of(root, database))
        by_jobs.append({name: merged(text, by_sample[1][name]) for name, text in by_sample[0].items()})
    return {name: merged(text, by_jobs[1][name], 'task_queue != "none"') for name, text in by_jobs[0].items()}


def wanted_files() -> dict[Path, str]:
    """Each generated file of the template and its text."""
    files: dict[Path, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "template"
        # A copy without git renders the working tree, not the last commit.
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".git", "build", ".venv", "__pycache__", ".data"))
        stacks = [
            *itertools.product(FRAMEWORKS, DATABASES, AUTHS[:1]),
            *itertools.product(FRAMEWORKS, DATABASES[:1], AUTHS[1:]),
        ]
        with ProcessPoolExecutor(os.cpu_count(), initializer=quicken_renders) as pool:
            tasks = {
                (layer, database, auth): pool.submit(rendered, source, Path(folder), FRAMEWORKS[layer], database, auth)
                for layer, database, auth in stacks
            }
            found = {stack: task.result() for stack, task in tasks.items()}
    for (layer, database, auth), pages in found.items():
        if auth == AUTHS[0]:
            place = Path("{{ on_" + database + " }}") / ("{{ on_" + layer + " }}") / SCHEMA
            files[place] = pages[SCHEMA]

    def by_layer(name: str, database: str, auth: str) -> str:
        django, sqlalchemy = (found[layer, database, auth][name] for layer in ("django", "sqlalchemy"))
        return merged(django, sqlalchemy, 'web.persistence == "django"')

    for name in (*PAGES, API):
        if len({by_layer(name, database, AUTHS[0]) for database in DATABASES}) != 1:
            raise SystemExit(f"{name} differs between databases")
        by_auth = {auth: by_layer(name, DATABASES[0], auth) for auth in AUTHS}
        if name == CONTRACT:
            for auth, text in by_auth.items():
                files[Path("{{ on_" + auth + " }}") / name] = text
        else:
            files[Path(name)] = merged(by_auth[AUTHS[0]], by_auth[AUTHS[1]], f'auth == "{AUTHS[0]}"')
    page = (ROOT / "template" / f"{API}.jinja").read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    files[Path(API)] = before + BEGIN + files[Path(API)] + END + rest.split(END)[1]
    return files


def main() -> int:
    """Write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description="Generated pages of the services, for the template.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the stale pages")
    options = parser.parse_args()
    stale = []
    for path, text in wanted_files().items():
        has_jinja = "{{" in text or "{%" in text
        plain = ROOT / "template" / path
        jinja = plain.with_name(plain.name + ".jinja")
        target, other = (jinja, plain) if has_jinja else (plain, jinja)
        if target.is_file() and target.read_text(encoding="utf-8") == text and not other.exists():
            continue
        stale.append(str(target.relative_to(ROOT)))
        if not options.check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            other.unlink(missing_ok=True)
    if stale:
        print("\n".join(f"{'stale' if options.check else 'written'}: {name}" for name in stale))
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
