"""The scan for secrets: silent on this repository, and not because it is blind."""

import base64
import random
import re
import shutil
import string
import subprocess
from pathlib import Path

import pytest

from tests.repo.commands import PROJECT, script

# Made up anew, and the same each time, so that none of them stands in this file.
_random = random.Random(14)
_LETTERS = string.ascii_letters + string.digits


def letters(length: int, of: str = _LETTERS) -> str:
    return "".join(_random.choices(of, k=length))


def private_key() -> str:
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    return f"{begin}\n{base64.b64encode(_random.randbytes(300)).decode()}\n{end}\n"


PLANTED = {
    "src/cloud.py": f'KEY = "AKIA{letters(16, string.ascii_uppercase)}"\n',
    "deploy.pem": private_key(),
    "src/signing.py": f'SIGNING = "{letters(32)}"\n',
    "src/tokens.py": f'token = "{letters(40, "0123456789abcdef")}"\n',
    "src/forge.py": f'x = "ghp_{letters(36)}"\n',
    "docs/notes.md": f"curl amqp://shop:{letters(12)}@broker.internal/shop\n",
    "config/extra.env.example": f"SECRET_KEY={letters(50)}\n",
    "compose.override.yaml": f"BROKER_PASSWORD: '{letters(10)}'\n",
}
IGNORED = (".env", "old.secret", ".data/notes.py", "backups/keys.txt")


def scanned(folder: Path) -> tuple[int, str]:
    """Run the scan in a folder that holds little more than its script."""
    (folder / "scripts").mkdir()
    shutil.copy(PROJECT / "scripts/secret_scan.py", folder / "scripts")
    shutil.copy(PROJECT / ".gitignore", folder)
    finished = script("secret_scan", folder=folder)
    return finished.returncode, finished.stderr


def plant(folder: Path, *names: str, text: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.rule("SEC-14")
def test_no_secret_stands_in_the_repository() -> None:
    finished = script("secret_scan")

    assert finished.returncode == 0, finished.stderr


@pytest.mark.rule("SEC-14")
@pytest.mark.parametrize("repository", [True, False], ids=["repository", "folder"])
def test_planted_secrets_are_found_and_not_repeated(tmp_path: Path, repository: bool) -> None:
    if repository:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for name, text in PLANTED.items():
        plant(tmp_path, name, text=text)

    status, said = scanned(tmp_path)

    assert status == 1
    assert sorted(set(re.findall(r"^(\S+):\d+: ", said, re.MULTILINE))) == sorted(PLANTED)
    values = [value for text in PLANTED.values() for value in re.findall(r"[\w+/]{10,}", text)]
    secrets = [value for value in values if value not in {"SECRET_KEY", "BROKER_PASSWORD"}]
    assert [value for value in secrets if re.search(rf"\b{re.escape(value)}\b", said)] == []


@pytest.mark.rule("SEC-14")
def test_what_git_ignores_is_not_read(tmp_path: Path) -> None:
    plant(tmp_path, *IGNORED, text="".join(PLANTED.values()))

    assert scanned(tmp_path) == (0, "")


def test_stand_ins_and_lines_that_were_looked_at_are_passed_over(tmp_path: Path) -> None:
    looked_at = f'SIGNING = "{letters(32)}"  # pragma: allowlist secret\n'
    plant(tmp_path, "src/signing.py", text=looked_at)
    plant(tmp_path, "src/example.py", text=f'KEY = "only-for-tests-{letters(32)}"\n')

    assert scanned(tmp_path) == (0, "")
