"""The peers' own environment, .venv-peers beside .venv: made when it is missing or when the requirements change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from tests.benchmarks.measure import say

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
HOME = Path(__file__).parents[3] / ".venv-peers"
_PYTHON = HOME / "bin" / "python"
_STAMP = HOME / "peers.stamp"


@lru_cache(maxsize=1)
def python() -> Path:
    """Return the environment's Python, whose version is ours; makes the environment with uv, or else with pip."""
    if not (_PYTHON.exists() and _STAMP.exists() and _STAMP.read_text() == _stamp()):
        say(f"installing the peers into {HOME.name}; the first time takes a minute")
        _make()
        _STAMP.write_text(_stamp())
    return _PYTHON


def versions() -> dict[str, str]:
    """Return what the requirements pin: package and version."""
    pins = [line.partition("==") for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    return {name.partition("[")[0]: version for name, _, version in pins}


def _stamp() -> str:
    return "\n".join([str(HOME), sys.version, REQUIREMENTS.read_text()])


def _make() -> None:
    """Make it anew; nothing is compiled, and the project itself is not installed."""
    options = ["--quiet", "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)]
    if uv := shutil.which("uv"):
        _run(uv, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(HOME))
        _run(uv, "pip", "install", "--python", str(_PYTHON), *options)
    else:
        _run(sys.executable, "-m", "venv", "--clear", str(HOME))
        _run(str(_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *options)


def _run(*words: str) -> None:
    # Standard output belongs to the report.
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env={**os.environ, "PIP_USER": "0"})
