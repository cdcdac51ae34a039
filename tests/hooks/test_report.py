"""What the hooks share: commands end in time with all they have started, and reasons are short."""

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "hooks"))

import report


def test_command_that_takes_too_long_ends_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {note}; wait"

    with pytest.raises(report.CommandFailed, match="sh took more than 1 s"):
        report.run(["sh", "-c", script], seconds=1)

    child = int(note.read_text())
    for _ in range(100):
        if not alive(child):
            return
        time.sleep(0.05)
    pytest.fail("the child outlives the limit")


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for does not."""
    status = Path(f"/proc/{process}/stat")
    if Path("/proc/self/stat").exists():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_program_that_is_not_there_is_named() -> None:
    with pytest.raises(report.CommandFailed, match="no-such-program is not installed"):
        report.run(["no-such-program"], seconds=1)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("error: no network\n  Caused by: connection refused\nmore", "Caused by: connection refused"),
        ("fatal: not a git repository\n", "fatal: not a git repository"),
        ("  × No solution found:\n  ╰─▶ Because there is no network", "Because there is no network"),
        ("make: *** [Makefile:1: x] Error 1", ""),
        ("x" * 200, "x" * 149 + "…"),
    ],
)
def test_reason_is_the_line_that_says_most(output: str, reason: str) -> None:
    assert report.reason_in(output) == reason


def test_step_that_goes_wrong_in_any_way_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def action() -> report.Outcome:
        raise KeyError("surprise")

    outcome = report.perform("thing", "do it", action)

    assert outcome == report.Outcome("failed", "KeyError: 'surprise'", "do it")
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2
    assert printed[0].split()[:2] == ["failed", "thing"]
    assert printed[1].strip() == "by hand:  do it"


def test_long_reasons_stay_within_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report.perform("thing", "", lambda: report.Outcome("failed", "word " * 60, ""))
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_tools_of_the_caller_do_not_reach_the_new_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("PLAIN", "1")
    assert "DATABASE_URL" not in report.environment()
    assert "GIT_DIR" not in report.environment()
    assert report.environment()["PLAIN"] == "1"
