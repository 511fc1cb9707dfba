"""The words of the program itself: what its pages say beside the specs, found by reading its source.

In Python and in the pages' files they stand as ``say("...")``, or as ``to_say("...")`` where they are said later.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = ("platforms", "service/workbench")
_SAYING = frozenset(("say", "to_say"))
_IN_PAGES = re.compile(r"""\bsay\(\s*("(?:[^"\\]|\\.)*")""")


@cache
def program_words() -> tuple[str, ...]:
    """Every text that the pages of the program say, in the order of the files."""
    found: dict[str, None] = {}
    for folder in _FOLDERS:
        for path in sorted((_PACKAGE / folder).rglob("*")):
            if path.suffix == ".py":
                found |= dict.fromkeys(_in_python(path.read_text(encoding="utf-8")))
            elif path.suffix == ".html":
                literals = _IN_PAGES.findall(path.read_text(encoding="utf-8"))
                found |= dict.fromkeys(str(ast.literal_eval(one)) for one in literals)
    return tuple(found)


def _in_python(source: str) -> list[str]:
    if "say(" not in source:
        return []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in _SAYING
        and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    ]  # fmt: skip
