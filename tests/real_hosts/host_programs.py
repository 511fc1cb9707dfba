"""Run the programs of ``examples/hosts`` in a host's own environment, as its users do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 300  # a host starts servers of its own, and the machine may do other things at the same time


def run_program(python: str, program: str, environment: Mapping[str, str], *arguments: str) -> tuple[Any, str]:
    """Run a program of ``examples/hosts`` to its end.

    :param python: the Python of the host's environment.
    :param program: its path below ``examples/hosts``.
    :param environment: what it has beside this process's environment.
    :returns: what it printed on its last line, as JSON gives it, and all that it printed, logs of the host included.
    """
    path = ROOT / "examples" / "hosts" / program
    ours = ("SEGMENT_", "COV", "PYTEST")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [python, "-W", "ignore", str(path), *arguments],
        env={**inherited, "NO_PROXY": "127.0.0.1,localhost", **environment},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr
