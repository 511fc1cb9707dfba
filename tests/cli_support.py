"""Call the command line: in this process, or as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from segment_connector.cli import main

NO_PROFILES = {"SEGMENT_CONNECTOR_CONFIG": os.devnull + "/nowhere"}
KEY = "wk-5ecretWriteKey"


@dataclass
class Said:
    """What a command said; ``json`` is its stdout read as one document."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def errors(self) -> list[str]:
        return self.stderr.splitlines()


def cli(*arguments: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Said:
    """Call a command in this process, with no Segment variable in the environment but those given."""
    result = CliRunner().invoke(
        main, list(arguments), input=stdin, env={**_nothing(), **NO_PROFILES, **(env or {})}, catch_exceptions=False
    )
    return Said(result.exit_code, result.stdout, result.stderr)


def program(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, code: str | None = None) -> Said:
    """Run the program, or a Python text in its place."""
    done = subprocess.run(
        command(*arguments, code=code), input=stdin, capture_output=True, env=environment(env), timeout=60, check=False
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(*arguments: str, code: str | None = None) -> Sequence[str]:
    start = ["-m", "segment_connector"] if code is None else ["-c", code]
    return [sys.executable, *start, *arguments]


def environment(more: Mapping[str, str] | None = None, *, measured: bool = False) -> dict[str, str]:
    """The environment without what would change the outcome of a test.

    :param measured: whether coverage goes on in the process, which makes its start 0.4 s longer.
    """
    gone = _nothing() if measured else {**_nothing(), "COVERAGE_PROCESS_CONFIG": None}
    return {**{name: value for name, value in os.environ.items() if name not in gone}, **NO_PROFILES, **(more or {})}


def _nothing() -> dict[str, None]:
    proxies = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")
    return dict.fromkeys(
        name for name in os.environ if name.startswith("SEGMENT_") or name == "COLUMNS" or name.lower() in proxies
    )
