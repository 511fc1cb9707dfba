"""``completion``: in a real bash, and what the other shells are given."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import cli, environment

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

ASK = """
eval "$(segment-connector completion bash)"
COMP_LINE="$1" COMP_POINT=${#1}
_segment_connector_completion segment-connector
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the program is found by its name."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "segment-connector"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segment_connector "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = environment()
    return {**env, "PATH": f"{folder}:{env['PATH']}"}


def completed(line: str, env: dict[str, str]) -> list[str]:
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "--norc", "-c", ASK, "bash", line], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("segment-connector prev", ["preview"]),
        ("segment-connector run trac", ["track"]),
        ("segment-connector list --effect ", ["read", "write", "delete"]),
        ("segment-connector run create_source -p s", ["slug=", "settings:="]),
        ("segment-connector run create_source -p slug=web -p ena", ["enabled:="]),
        ("segment-connector run create_source -p enabled:=", ["true", "false"]),
        ("segment-connector run create_source -p enabled:=t", ["true"]),
        ("segment-connector run track -p event=x -p context.lib", ["context.library."]),
        ("segment-connector run track --preset order_completed -p properties.cur", ["properties.currency="]),
        ("segment-connector run nothing_like_it -p ", [""]),
        ("segment-connector run get_source -p sourceId=", [""]),  # nobody can be asked
    ],
)  # fmt: skip
def test_bash_completes(line, expected, shell):
    assert completed(line, shell) == expected


def test_ids_are_asked_of_the_service_where_there_is_a_token(shell, sandbox):
    env = {**shell, **sandbox.environment}
    assert completed("segment-connector run get_source -p sourceId=rh", env) == ["rh5BDZp6QDHvXFCkibm1pR"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bash", "complete -o nosort -F _segment_connector_completion segment-connector"),
        ("zsh", "#compdef segment-connector"),
        ("fish", "complete --no-files --command segment-connector"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName segment-connector"),
    ],
)
def test_each_shell_has_its_script(name, expected):
    assert expected in cli("completion", name).stdout


def test_powershell_is_answered_with_value_and_help(shell):
    asked = {
        "_SEGMENT_CONNECTOR_COMPLETE": "powershell_complete",
        "COMP_LINE": "segment-connector run create_source -p met",
        "COMP_POINT": "",
    }
    program = Path(shell["PATH"].partition(":")[0]) / "segment-connector"
    done = subprocess.run([program], env={**shell, **asked}, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "metadataId=\trequired: Kind of source\n"
