"""Completion in four shells: click's own for zsh and fish, and ours where a value may hold ``=`` and ``:``.

bash ends a word at ``=`` and ``:``, so it has to be given the line as it was typed, and only what follows the last of
them; PowerShell is not among click's shells.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BREAKS = re.compile(r".*[=:]", re.DOTALL)

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' line
    COMPREPLY=()
    while read -r line; do
        case "$line" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain,*=) compopt -o nospace; COMPREPLY+=("${line#plain,}") ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" %(complete_var)s=bash_complete "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $point)
    $env:COMP_LINE = $ast.ToString()
    $env:COMP_POINT = $point - $ast.Extent.StartOffset
    $env:%(complete_var)s = "powershell_complete"
    try {
        & %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    } finally {
        Remove-Item Env:COMP_LINE, Env:COMP_POINT, Env:%(complete_var)s
    }
}
"""


def _typed_line() -> tuple[list[str], str]:
    """The words before the one that is completed, without the program, and that one, of the line that was typed."""
    line = os.environ["COMP_LINE"]
    line = line[: int(os.environ.get("COMP_POINT") or len(line))]
    words = split_arg_string(line)
    begun = words.pop() if words and not line[-1:].isspace() else ""
    return words[1:], begun


class _Bash(BashComplete):
    source_template = _BASH

    @staticmethod
    def _check_version() -> None:
        """What is used here is older than what click asks for."""

    def get_completion_args(self) -> tuple[list[str], str]:
        self._words = _typed_line()
        return self._words

    def format_completion(self, item: CompletionItem) -> str:
        if item.type != "plain":
            return str(item.type)
        before = _BREAKS.match(self._words[1])
        value = item.value.removeprefix(before[0]) if before else item.value
        return f"plain,{shlex.quote(value) if any(char.isspace() for char in value) else value}"


class _PowerShell(ShellComplete):
    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        return _typed_line()

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.value}\t{item.help or item.value}"


SHELLS: Mapping[str, type[ShellComplete]] = {
    "bash": _Bash, "zsh": ZshComplete, "fish": FishComplete, "powershell": _PowerShell,
}  # fmt: skip


def variable(program: str) -> str:
    """The environment variable by which a shell asks a program for completions."""
    return f"_{program.replace('-', '_').upper()}_COMPLETE"


def script(shell: str, program: str) -> str:
    """What a shell has to run to complete a program's arguments.

    :param shell: one of ``SHELLS``.
    """
    made: Any = SHELLS[shell](None, {}, program, variable(program))  # type: ignore[arg-type]
    return f"{made.source().strip()}\n"


def register() -> None:
    """Let click know the shells, before it answers one of them."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)
