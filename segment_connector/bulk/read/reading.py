"""How a source is to be read, where it does not tell by itself."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass, field

from ...errors import InputError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a person says of a source; ``None`` where the source is to tell. It can be pickled.

    :ivar format: a name of ``endings.FORMATS``.
    :ivar encoding: of texts, by Python's name of it, such as ``cp1252``.
    :ivar delimiter: what parts the cells of CSV, and ``quote`` what cells are put into.
    :ivar path: where the list of records is in a JSON object, its members by dots; ``.`` for the object itself.
    :ivar sheet: of a workbook, by name or by its number from 1; ``header_row`` the row that names the columns, from 1.
    :ivar table: of a SQLite file.
    :ivar query: what a database is asked; ``order_by`` the column of its rows by which a later run goes on.
    :ivar zone: the time zone of times that say none, by its name in the tz database.
    :ivar database: the URL of the database; it may hold a password.
    :ivar kind_member: the member by which an event says what it is. An object that has it is a record, whatever lists
        it holds.
    :ivar list_member: the member that holds the events of a record of many, whose other members are said of them all.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    path: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    table: str | None = None
    query: str | None = None
    order_by: str | None = None
    zone: str | None = None
    database: str | None = field(default=None, repr=False)
    kind_member: str | None = None
    list_member: str | None = None


def hold_to_formats(name: str, known: Collection[str]) -> None:
    """Refuse a format that there is not.

    :raises InputError: then.
    """
    if name not in known:
        hint = did_you_mean(name, known) or f"take one of {', '.join(sorted(known))}"
        raise InputError.of("option", f"there is no format '{name[:40]}'", hint, field="format")


def codec(name: str) -> str:
    """Python's own name of an encoding of text.

    :raises InputError: when there is none of that name.
    """
    try:
        "".encode(name)  # which knows that rot13 and base64 are codecs, but of no text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        hint = "for example utf-8, cp1252 (Western European, from Windows), cp1250, latin-1, utf-16 or shift_jis"
        raise InputError.of("option", f"there is no encoding '{name[:40]}'", hint, field="encoding") from None


UNSAID = Reading()
"""Of a source of which nothing was said."""
