"""Names that stand twice in one object of a line: JSON readers differ in which of the two values they take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ..result import Warn
from ..values.json_values import encode

_ALWAYS = 16  # blocks at first, of which each is looked at
_EVERY = 64  # of the blocks after those one: to count all names costs a quarter of what a block costs


class DoubleNames:
    """Looks for such names in blocks of lines: in a file's first megabyte, then in samples, in all once one is found.

    A source that writes a name twice does it by a rule, so samples tell of it.
    """

    def __init__(self) -> None:
        self._blocks = 0
        self._found = False

    def warnings(self, lines: Sequence[bytes], values: Sequence[Any]) -> Iterator[tuple[int, Warn]]:
        """What is said of lines, by their index.

        :param values: the values of the lines.
        """
        self._blocks += 1
        if not self._found and self._blocks > _ALWAYS and self._blocks % _EVERY:
            return
        if b"".join(lines).count(b'":') <= encode(values).count(b'":'):
            return
        for index, (line, value) in enumerate(zip(lines, values, strict=True)):
            if (said := double_name(line, value)) is not None:
                self._found = True
                yield index, said


def double_name(line: bytes, value: Any) -> Warn | None:
    """What is said of a line whose value is known, if a name occurs twice in one of its objects."""
    if line.count(b'":') <= encode(value).count(b'":'):
        return None
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        twice.extend(name for name in names if names.count(name) > 1)

    json.loads(line, object_pairs_hook=note)
    if not twice:
        return None
    message = "occurs twice in one object: the last value was checked, but another reader may take the first"
    return Warn(message, "write each name once", twice[0][:80])
