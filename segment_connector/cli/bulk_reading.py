"""The options of ``bulk`` that say how its source is to be read, where it does not tell by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..bulk.read.reading import Reading

Command = TypeVar("Command", bound=Callable[..., Any])

_FORMATS = ["jsonl", "json", "csv", "arrow", "excel", "sqlite", "sql"]
_OPTIONS = [
    click.option("--encoding", metavar="NAME", help="Encoding of a text, for example cp1252.  [UTF-8, or as detected]"),
    click.option("--delimiter", metavar="CHAR", help="What separates the cells of CSV, if its rows do not show it."),
    click.option("--quote", metavar="CHAR", help="What its cells are quoted with, if its rows do not show it."),
    click.option(
        "--path", metavar="PATH",
        help="Where the list of events is in a JSON object, such as data.events; '.' for the object itself.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook, by name or number.  [the only one with rows]"),
    click.option("--header-row", type=click.IntRange(min=1), metavar="N", help="The row that names the columns."),
    click.option("--table", metavar="NAME", help="Table of a SQLite file.  [the only one]"),
    click.option("--query", metavar="SQL", help="SQL query for the database whose SQLAlchemy URL is the source."),
    click.option("--order-by", metavar="COLUMN", help="A unique column of the query, from which a later run resumes."),
    click.option("--zone", metavar="NAME", help="Time zone of times without one, for example Europe/Madrid.  [UTC]"),
]  # fmt: skip


def reading_options(command: Command, format_option: str = "--format") -> Command:
    """Give a command the options that say how its source is to be read.

    :param format_option: what the option of the format is called.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    said = "If neither the name nor the first bytes show it."
    return click.option(format_option, "format", type=click.Choice(_FORMATS), help=said)(command)


def reading_of(given: Mapping[str, Any], source: str) -> Reading:
    """What these options say of a source."""
    from ..bulk.options import OF_READING, BulkOptions

    return BulkOptions(**{name: given[name] for name in OF_READING}).reading(source)
