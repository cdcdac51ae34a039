"""The commands of the template repository itself: what `make` offers, the short render, the demonstration."""

import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from scripts import demo, render
from scripts.lock_tools import service_requirements
from scripts.render import ROOT, known_questions, read_answers
from tests.render import matrix

LOCKED = ROOT / "requirements" / "dev.txt"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_help_lists_every_target() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    listed = set(re.findall(r"^  make ([a-z-]+) ", run("make", "help").stdout, re.MULTILINE))
    assert targets == listed
    assert {"demo", "check", "test", "render", "help", "clean"} <= targets


def test_every_question_file_is_listed() -> None:
    settings = (ROOT / "copier.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^!include (questions/\S+)$", settings, re.MULTILINE)
    assert listed == sorted(f"questions/{path.name}" for path in (ROOT / "questions").glob("*.yml"))


def test_the_requirements_are_locked_and_name_no_registry() -> None:
    locked = LOCKED.read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", locked)
    stanzas = re.split(r"\n(?=[a-z])", locked.partition("\n")[2].partition("\n")[2])
    assert len(stanzas) > 50
    for stanza in stanzas:
        assert re.match(r"[a-z0-9._\[\],-]+==\S+", stanza), stanza[:80]
        assert "--hash=sha256:" in stanza, stanza[:80]


def test_the_lock_covers_what_is_asked_for() -> None:
    locked = [
        Requirement(text.removesuffix("\\").strip())
        for text in re.findall(r"^[a-z0-9._-]+.*==.*$", LOCKED.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    asked = [*re.findall(r"^[a-z].*$", LOCKED.with_name("dev.in").read_text(encoding="utf-8"), re.MULTILINE)]
    for text in [*asked, *service_requirements()]:
        requirement = Requirement(text)
        for version in matrix.choices("python_version"):
            python = {"python_version": version, "python_full_version": f"{version}.0"}
            if requirement.marker and not requirement.marker.evaluate(python):
                continue
            fitting = [
                str(one.specifier).removeprefix("==")
                for one in locked
                if one.name == requirement.name and (one.marker is None or one.marker.evaluate(python))
            ]
            assert len(fitting) == 1, f"run `make lock`: {text} on Python {version}"
            assert requirement.specifier.contains(fitting[0]), f"run `make lock`: {text} on Python {version}"


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "answers").glob("*.yml")), ids=lambda path: path.stem)
def test_every_answers_file_answers_questions_that_are_asked(path: Path) -> None:
    assert set(read_answers(path)) <= known_questions()


def test_an_answer_to_no_question_is_refused(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yml"
    answers.write_text(yaml.safe_dump({"databse": "sqlite"}), encoding="utf-8")
    with pytest.raises(SystemExit, match="no question is called databse"):
        read_answers(answers)


def test_a_second_render_keeps_what_is_not_the_templates(tmp_path: Path) -> None:
    service = render.render(read_answers(ROOT / "tests/answers/bare.yml"), tmp_path)
    assert service == tmp_path / "bare-example"
    kept = {
        name: (service / name / "state" if name.startswith(".") else service / name)
        for name in (".git", ".venv", ".data", "uv.lock")
    }
    for path in kept.values():
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine", encoding="utf-8")
    stale, edited = service / "src" / "left_over.py", service / "Makefile"
    original = edited.read_text(encoding="utf-8")
    untouched = (service / "pyproject.toml").stat().st_mtime_ns
    stale.write_text("", encoding="utf-8")
    edited.write_text("edited", encoding="utf-8")

    render.render(read_answers(ROOT / "tests/answers/bare.yml"), tmp_path)

    assert all(path.read_text(encoding="utf-8") == "mine" for path in kept.values())
    assert not stale.exists()
    assert edited.read_text(encoding="utf-8") == original
    assert (service / "pyproject.toml").stat().st_mtime_ns == untouched, "what is the same is not written again"


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "bare-example" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    done = run(sys.executable, "scripts/render.py", "tests/answers/bare.yml", "--into", str(tmp_path))
    assert done.returncode == 1
    assert "bare-example holds files already" in done.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["thesis.txt"]


def test_a_file_can_become_a_folder_and_a_link_is_not_followed(tmp_path: Path) -> None:
    wanted, service, outside = tmp_path / "wanted", tmp_path / "service", tmp_path / "outside"
    for path, text in (
        (wanted / "a" / "b", "new"),
        (wanted / "c", "new"),
        (service / "a", "old"),
        (outside / "x", "mine"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (service / "c").mkdir()
    (service / "d").symlink_to(outside)
    render.synchronise(wanted, service)
    assert sorted(path.relative_to(service).as_posix() for path in service.rglob("*")) == ["a", "a/b", "c"]
    assert (outside / "x").read_text(encoding="utf-8") == "mine"


def test_the_demonstration_leaves_no_server_behind_when_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "demo_service.py").write_text(
        "import pathlib, signal, time\n"
        "def stop(*_):\n"
        "    time.sleep(0.3)\n"
        "    pathlib.Path('tidied').touch()\n"
        "    raise SystemExit\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('serving', flush=True)\n"
        "signal.pause()\n",
        encoding="utf-8",
    )
    log = tmp_path / "log"
    with suppress(KeyboardInterrupt), demo.serving(tmp_path, 0, log) as server:
        while "serving" not in log.read_text(encoding="utf-8"):
            assert server.poll() is None
            time.sleep(0.02)
        raise KeyboardInterrupt
    assert server.returncode == 0
    assert (tmp_path / "tidied").exists(), "it was waited for"


def test_the_demonstration_works_without_a_terminal(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "scripts.demo", "--into", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("POST /v1/products", "\n201  ", "GET /v1/products/", "\n200  ", '"name": "Blue mug"', "/docs"):
        assert part in done.stdout
    service = tmp_path / "demo-service"
    git = ["git", "-C", str(service)]
    assert run(*git, "status", "--porcelain").stdout == ""
    assert len(run(*git, "log", "--oneline").stdout.splitlines()) == 1
