"""One call as it is typed on Windows: in PowerShell and in cmd, each with rules of quoting of its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from .call_forms import assignments, name_text

_WIDTH = 80
_BARE = re.compile(r"[A-Za-z][\w./=-]*", re.ASCII)
# PowerShell takes each of these for the end of a text in single quotes.
_CURLY = "\u2018\u2019\u201a\u201b"
# What cmd reads where no quotes are open.
_MEANS_SOMETHING = frozenset('"^&|<>()')
# What cmd reads wherever it stands; JSON can spell it.
_SPELLED = {"%": "\\u0025", "!": "\\u0021"}


def powershell_text(program: str, action: str, inputs: Mapping[str, Any]) -> str:
    """The command for PowerShell 5.1 and 7, an input a line where one line is too long.

    The two hand quotes inside of an argument to programs in different ways; a call that has some gets its inputs from a
    pipe, in letters that every encoding has.
    """
    given = [_assigned(path, value, json.dumps(value, ensure_ascii=False)) for path, value in assignments((), inputs)]
    if any(_is_torn(one) for one in given):
        read = json.dumps(inputs, indent=2)
        return f"@'\n{read}\n'@ | {program} run {action} --input -"
    return _lines([f"{program} run {action}", *(f"-p {_single(one)}" for one in given)], "`")


def cmd_text(program: str, action: str, inputs: Mapping[str, Any]) -> str:
    """The command for cmd, an input a line where one line is too long.

    What cmd cannot hold in an argument, such as the end of a line or a percent sign, is spelled as JSON can.
    """
    return _lines([f"{program} run {action}", *(f"-p {one}" for one in _for_cmd(inputs))], "^")


def _assigned(path: tuple[str, ...], value: Any, written: str) -> str:
    return f"{name_text(path)}={value}" if isinstance(value, str) else f"{name_text(path)}:={written}"


def _is_torn(argument: str) -> bool:
    return bool(re.search(f'["\\n\\r{_CURLY}]', argument)) or (" " in argument and argument.endswith("\\"))


def _single(argument: str) -> str:
    return argument if _BARE.fullmatch(argument) else "'{}'".format(argument.replace("'", "''"))


def _for_cmd(inputs: Mapping[str, Any]) -> Iterator[str]:
    for path, value in assignments((), inputs):
        written = re.sub("[%!]", lambda found: _SPELLED[found[0]], json.dumps(value, ensure_ascii=False))
        if isinstance(value, str) and re.search(r"[%!\n\r]", value):
            argument = f"{name_text(path)}:={written}"
        else:
            argument = _assigned(path, value, written)
        yield _double(argument)


def _double(argument: str) -> str:
    """The argument as cmd leaves it for the program to take apart again."""
    quoted = subprocess.list2cmdline([argument])
    marks = argument.count('"')
    inside = _MEANS_SOMETHING.intersection(argument) - {'"'}
    if not marks:
        return f'"{quoted}"' if inside and quoted == argument else quoted
    if not inside and not marks % 2:
        return quoted
    # cmd closes its quotes at each one, escaped for the program or not: so it is to see none of them.
    return "".join(f"^{char}" if char in _MEANS_SOMETHING else char for char in quoted)


def _lines(words: list[str], more: str) -> str:
    line = " ".join(words)
    return line if len(line) <= _WIDTH else f" {more}\n  ".join(words)
