"""What other programs read of a render is given to those programs: pipelines, compose files, settings of bots."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render import formats
from tests.render.matrix import ALL, Combination

Rendered = Callable[[Combination], Path]
WITH_PIPELINE = [combination for combination in ALL if combination["ci"] == "github"]


@pytest.mark.parametrize("combination", WITH_PIPELINE, ids=str)
def test_the_pipeline_satisfies_actionlint_and_zizmor(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    workflows = sorted(str(path.relative_to(root)) for path in (root / ".github" / "workflows").glob("*.yml"))

    assert len(workflows) >= 2
    assert formats.run(formats.tool("actionlint"), "-no-color", *workflows, cwd=root) == ""
    assert formats.run(formats.tool("zizmor"), "--offline", "--no-progress", "--pedantic", ".github", cwd=root) == ""


@pytest.mark.parametrize("combination", WITH_PIPELINE[:1], ids=str)
def test_the_checks_above_bite(combination: Combination, rendered: Rendered, tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (rendered(combination) / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    (folder / "check.yml").write_text(text.replace("runs-on:", "run-on:", 1), encoding="utf-8")

    assert "run-on" in formats.run(formats.tool("actionlint"), "-no-color", ".github/workflows/check.yml", cwd=tmp_path)
    (folder / "check.yml").write_text(
        "name: x\non: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n",
        encoding="utf-8",
    )
    assert "pinned" in formats.run(formats.tool("zizmor"), "--offline", "--no-progress", ".github", cwd=tmp_path)


@pytest.mark.parametrize("combination", WITH_PIPELINE, ids=str)
def test_the_settings_of_dependabot_fit_their_schema(combination: Combination, rendered: Rendered) -> None:
    path = rendered(combination) / ".github" / "dependabot.yml"

    assert formats.run(formats.tool("check-jsonschema"), "--builtin-schema", "vendor.dependabot", str(path)) == ""


@pytest.mark.parametrize("combination", ALL, ids=str)
def test_compose_reads_the_servers(combination: Combination, rendered: Rendered) -> None:
    root = rendered(combination)
    service = formats.run(formats.tool("docker-compose"), "--file", "compose.yaml", "config", "--quiet", cwd=root)

    assert service == ""
