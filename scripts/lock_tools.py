"""Write requirements/dev.txt: exact versions and hashes of everything this repository runs with.

    python scripts/lock_tools.py [--upgrade]

Inputs are requirements/dev.in and, from facts/versions.yml, what the services depend on. The file works on every
supported Python and names no registry.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


def service_requirements() -> list[str]:
    """Every requirement of every service that can be rendered, as facts/versions.yml gives them.

    What a service gets on one Python only is asked for on that one only.
    """
    facts: dict[str, Any] = yaml.safe_load((ROOT / "facts" / "versions.yml").read_text(encoding="utf-8"))
    found = set()
    for kind in facts["render"].values():
        for needed_by, group in kind.items():
            version = re.search(r"\b3\.\d+$", needed_by)
            marker = f"; python_version == '{version[0]}'" if version else ""
            found |= {f"{requirement}{marker}" for requirement in group}
    return sorted(found)


def main() -> int:
    """Compile the file with uv."""
    with tempfile.TemporaryDirectory() as folder:
        services = Path(folder) / "services.in"
        services.write_text("\n".join(service_requirements()) + "\n", encoding="utf-8")
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes"]
        command += [
            "--no-annotate",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--custom-compile-command=make lock",
        ]
        command += ["--output-file=requirements/dev.txt", *sys.argv[1:], "requirements/dev.in", str(services)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
