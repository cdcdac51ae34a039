"""Which Python a service can be rendered for on this machine, where only some versions may be installed."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


@cache
def usable_version() -> str:
    """The default answer of python_version if that Python is installed, else the version that runs this."""
    question = yaml.safe_load((ROOT / "questions" / "20_stack.yml").read_text(encoding="utf-8"))["python_version"]
    default = str(question["default"])
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    command = ["uv", "python", "find", "--quiet", "--no-project", "--no-python-downloads", default]
    found = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, check=False)
    return default if found.returncode == 0 else f"{sys.version_info.major}.{sys.version_info.minor}"
