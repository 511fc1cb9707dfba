"""What is wrong with one record, as its reject says it."""

from __future__ import annotations

import re
from dataclasses import replace

from ..errors import Problem
from ..values.json_values import MAX_DEPTH


def first_of(problems: list[Problem]) -> Problem:
    """The first problem of a record; of names that there are not, all at once, or one would be fixed a run.

    They come first, since what is missing is often there by another name.
    """
    unknown = [problem for problem in problems if problem.code == "unknown"]
    first = (unknown or problems)[0]
    if len(unknown) < 2:
        return first
    others = ", ".join(f"'{problem.field}'" for problem in unknown[1:])
    hints: dict[str, list[str]] = {}
    for problem in unknown:
        hints.setdefault(problem.hint or "", []).append(problem.field or "")
    cures = [f"{', '.join(names)}: {hint}" for hint, names in hints.items()] if len(hints) > 1 else list(hints)
    return replace(first, message=f"{first.message}, nor {others}", hint="; ".join(cures))


def json_problem(line: bytes, error: ValueError) -> Problem:
    """Why a line is not valid JSON, and how to fix it."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as broken:
        message = f"byte {broken.start + 1} of the line is not UTF-8 (0x{line[broken.start]:02x})"
        hint = "write the line in UTF-8; or name the encoding of the file with --encoding, for example cp1252"
        return Problem("encoding", message, hint)
    position = getattr(error, "pos", 0)
    if match := re.match(r"-?(NaN|Infinity)\b", line.decode("utf-8")[max(position - 1, 0) :].lstrip(":[, -")):
        return Problem(
            "json", f"column {position + 1}: JSON has no {match[1]}", "leave the property out, or write null"
        )
    if "depth" in str(error):
        return Problem("depth", f"nested more than {MAX_DEPTH} levels deep", "flatten the value")
    message = f"is not valid JSON: {getattr(error, 'msg', 'it cannot be read')} at column {position + 1}"
    return Problem("json", message, "write each event as one object on one line")
