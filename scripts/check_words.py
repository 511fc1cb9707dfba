"""Find phrases in texts of the project that a native reader would stumble over: ``check_words.py [FILE...]``.

The phrases are data, in ``words.yaml`` beside this file. Of programs, only their texts are looked at, not comments and
docstrings. Without files, those that people read are looked at. The exit
code is 1 when something was found; each finding is a line: the place, the phrase, and what to write instead.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

_HERE = Path(__file__).resolve().parent
_READ = (
    "segment_connector", "actions", "presets", "triggers", "catalogs", "servers", "schemas", "connector.yaml",
    "docs/guides", "README.md", "CONTRIBUTING.md",
)  # fmt: skip
_ENDINGS = {".py", ".yaml", ".json", ".md", ".html"}


@dataclass(frozen=True)
class Phrase:
    """A phrase that is not to be used.

    :ivar pattern: what finds it.
    :ivar instead: what to write.
    :ivar why: what is wrong with it.
    """

    pattern: re.Pattern[str]
    instead: str
    why: str


def phrases(path: Path = _HERE / "words.yaml") -> list[Phrase]:
    """The phrases of a file."""
    return [
        Phrase(re.compile(one["pattern"]), one["instead"], one["why"])
        for one in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def findings(name: str, text: str, found: list[Phrase]) -> Iterator[str]:
    """A line for each phrase that stands in a text.

    :param name: the file's name; its ending says how to read it.
    """
    found = [phrase for phrase in found if phrase.pattern.search(text)]
    places = _strings(text) if found and name.endswith(".py") else dict(enumerate(text.split("\n"), 1))
    for phrase in found:
        for number, line in places.items():
            for match in phrase.pattern.finditer(line):
                yield f"{name}:{number}: '{match[0]}': write {phrase.instead} ({phrase.why})"


def _strings(text: str) -> dict[int, str]:
    """The texts of a program by their first lines, without its docstrings."""
    tree = ast.parse(text)
    docs: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docs.add(id(node.value))
    made: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            made[node.lineno] = f"{made.get(node.lineno, '')} {node.value}".strip()
    return made


def main(arguments: list[str]) -> int:
    """Look at files; 1 when one holds a phrase."""
    files = arguments or subprocess.run(
        ["git", "ls-files", *_READ], cwd=_HERE.parent, capture_output=True, text=True, check=True
    ).stdout.splitlines()  # fmt: skip
    known, count = phrases(), 0
    for name in files:
        path = _HERE.parent / name
        if path.suffix in _ENDINGS and path.is_file():
            for line in findings(name, path.read_text(encoding="utf-8"), known):
                print(line)
                count += 1
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
