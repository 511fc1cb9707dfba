"""How commands write: JSON documents, aligned columns, and problems on stderr."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import click

from ..errors import Problem

EFFECT_COLOURS = {"read": "green", "write": "yellow", "delete": "red"}
_NARROWEST = 30  # a column that is narrower is harder to read than a line that the terminal breaks


def echo_json(value: Any) -> None:
    """Write one JSON document to stdout: UTF-8, indented by two.

    :param value: JSON values, tuples and dataclasses.
    """
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def json_line(value: Any) -> str:
    """A JSON value on one line."""
    import orjson

    return orjson.dumps(value).decode()


def echo_json_line(value: Any) -> None:
    """Write one JSON value to stdout on a line of its own."""
    click.echo(json_line(value))


def width() -> int | None:
    """Columns that text may take, or ``None`` when nobody looks at it: lines are not broken for a pipe."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        from shutil import get_terminal_size

        return get_terminal_size().columns
    return None


def visible(text: str) -> str:
    """The text with escapes in place of what would move the cursor, change colours or break the line."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def shortened(text: str, most: int) -> str:
    """The text, cut to at most ``most`` characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def plain(value: Any) -> str:
    """A JSON value on one line: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return visible(value)
    import orjson

    return visible(orjson.dumps(value).decode())


def indented(value: Any) -> list[str]:
    """A JSON value as indented lines, safe to show."""
    import orjson

    return [visible(line) for line in orjson.dumps(value, option=orjson.OPT_INDENT_2).decode().split("\n")]


def paragraph(text: str) -> str:
    """Running text, broken to the terminal's width."""
    columns = width()
    if columns is None:
        return text
    return "\n".join(_wrapped(text, max(columns, _NARROWEST)))


def table(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Rows with aligned columns, each as one string; the last column is broken to the terminal's width.

    :param rows: all of one length.
    """
    if not rows:
        return []
    # A cell may hold colours, which take no room on the screen.
    sizes = [max(len(click.unstyle(row[index])) for row in rows) for index in range(len(rows[0]) - 1)]
    before = len(indent) + sum(size + 2 for size in sizes)
    room = None if (columns := width()) is None else max(columns - before, _NARROWEST)
    lines = []
    for row in rows:
        cells = [cell + " " * (size - len(click.unstyle(cell))) for cell, size in zip(row, sizes, strict=False)]
        head = indent + "".join(f"{cell}  " for cell in cells)
        broken = [row[-1]] if room is None else _wrapped(row[-1], room)
        lines.append((head + f"\n{' ' * before}".join(broken)).rstrip())
    return lines


def report(problems: Iterable[Problem]) -> None:
    """Write problems to stderr: ``error: place: message`` and the cure below each."""
    for problem in problems:
        place = problem.path or ""
        if problem.line is not None:
            place += f":{problem.line}"
        said = [part for part in (place, problem.field, problem.message) if part]
        echo_error(": ".join(said))
        echo_hint(problem.hint)


def echo_error(message: str) -> None:
    """Write what went wrong to stderr."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {visible(message)}", err=True)


def warn(message: str, hint: str | None = None) -> None:
    """Write a doubt to stderr."""
    click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {visible(message)}", err=True)
    echo_hint(hint)


def echo_hint(hint: str | None) -> None:
    """Write a cure to stderr, when there is one."""
    if hint:
        click.echo(f"  {click.style('hint:', fg='cyan')} {visible(hint)}", err=True)


def _wrapped(text: str, columns: int) -> list[str]:
    # Addresses and names are copied from the screen, so they stay in one piece.
    return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False) or [""]
