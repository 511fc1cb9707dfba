"""The call as Windows' shells take it: quoted as data says, and taken apart by their rules to the same inputs."""

from __future__ import annotations

import json
import re
from typing import Any

import mslex
import pytest
import yaml
from guides import ROOT
from hypothesis import given
from hypothesis import strategies as st

from segment_connector import Connector
from segment_connector.cli.input_arguments import read_inputs
from segment_connector.docs.windows_forms import cmd_text, powershell_text

CASES = yaml.safe_load((ROOT / "tests" / "data" / "windows_forms.yaml").read_text(encoding="utf-8"))
CONNECTOR = Connector.load(ROOT)


def read_by_cmd(text: str) -> list[str]:
    """What cmd gives a program, by mslex: words by the rules of cmd, then of the C runtime."""
    return list(mslex.split(text.replace("^\n", " "), like_cmd=True))


def read_by_powershell(text: str) -> list[str]:
    """Words of a command without double quotes: bare, or in single quotes of which two are one."""
    words = re.findall(r"'((?:[^']|'')*)'|(\S+)", text.replace("`\n", " "))
    assert '"' not in text
    return [quoted.replace("''", "'") or bare for quoted, bare in words]


def inputs_of(words: list[str]) -> Any:
    assert words[:3] == ["go", "run", "act"]
    assert words[3::2] == ["-p"] * len(words[4::2])
    return read_inputs(tuple(words[4::2]), None).values


def inputs_by_powershell(text: str) -> Any:
    piped = re.fullmatch(r"@'\n(.*)\n'@ \| go run act --input -", text, re.DOTALL)
    if piped is None:
        return inputs_of(read_by_powershell(text))
    assert piped[1].isascii()
    assert "\n'@" not in piped[1]
    return json.loads(piped[1])


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["inputs"]))
def test_a_call_is_quoted_as_each_shell_wants_it(case: dict[str, Any]) -> None:
    said = powershell_text("go", "act", case["inputs"])
    assert (said if said.startswith("@") else said.removeprefix("go run act").lstrip()) == case["powershell"]
    assert cmd_text("go", "act", case["inputs"]).removeprefix("go run act").lstrip() == case["cmd"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab \"'^&|<>%!\\\n()é\u2019.=:$`", max_size=12),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("ab.=:\\", min_size=1), below, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=3))
def test_whatever_the_inputs_are_the_program_gets_them(inputs: dict[str, Any]) -> None:
    assert inputs_of(read_by_cmd(cmd_text("go", "act", inputs))) == inputs
    assert inputs_by_powershell(powershell_text("go", "act", inputs)) == inputs


@pytest.mark.unmeasured
def test_every_example_reaches_the_program_from_both_shells(subtests: pytest.Subtests) -> None:
    for name in sorted(CONNECTOR.actions):
        with subtests.test(name):
            for one in CONNECTOR.actions[name].examples:
                text = cmd_text("go", "act", one.input)
                assert "%" not in text
                assert inputs_of(read_by_cmd(text)) == one.input
                assert inputs_by_powershell(powershell_text("go", "act", one.input)) == one.input
