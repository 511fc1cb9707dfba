"""What it costs to start: CPU time of whole processes beside bare Python and a bare requests.post, in one run.

Run: make bench, or python benchmarks/start_up.py
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import server

ROUNDS = 15


def cpu(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds of CPU (user and system) that a process takes from start to end.

    Modules are compiled, as after an installation: the first, uncounted run may write their bytecode.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**inherited, **environment}
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr
    message = process.stderr.read().decode()
    process.stderr.close()
    assert process.returncode == 0, message
    return (usage.ru_utime + usage.ru_stime) * 1000


def python(code: str) -> list[str]:
    """The command that runs a Python text."""
    return [sys.executable, "-c", code]


def main() -> None:
    cli = shutil.which("segment-connector", path=str(Path(sys.executable).parent)) or "segment-connector"
    with server.running() as url:
        environment = {"SEGMENT_WRITE_KEY": "benchmark", "SEGMENT_TRACKING_URL": f"{url}/v1"}
        post = f"import requests; requests.post('{url}/v1/track', json={{'event': 'E', 'userId': 'u'}})"
        commands = {
            "python -c pass": python("pass"),
            "segment-connector --help": [cli, "--help"],
            "segment-connector list": [cli, "list"],
            "python -c requests.post": python(post),
            "segment-connector run track": [cli, "run", "track", "-p", "event=E", "-p", "userId=u"],
        }
        for command in commands.values():
            cpu(command, environment)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(cpu(command, environment))
    bare, post_times = times["python -c pass"], times["python -c requests.post"]
    print(f"{'':32}{'CPU ms':>8}{'over bare':>11}{'x post':>8}")
    for name, values in times.items():
        over = statistics.median(mine - base for mine, base in zip(values, bare, strict=True))
        ratio = statistics.median(mine / base for mine, base in zip(values, post_times, strict=True))
        print(f"{name:32}{statistics.median(values):8.0f}{over:11.0f}{ratio:8.2f}")
    print("goals: --help at most 60 ms over bare, list 150 ms, a cold run at most 2.2 x a cold requests.post")


if __name__ == "__main__":
    main()
