"""Tables of parameters and outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..markup import markdown as md
from .book import Book
from .literals import plain
from .schema_rows import Row, rows
from .schema_words import GENERATED, SHORT, kind


def parameters(book: Book, page: str, properties: Mapping[str, Any], required: Collection[str]) -> str:
    """A table of inputs to their full depth."""
    head = ("Name", "Type", "Required", "What it is")
    lines = [
        (md.code(row.path), md.text(kind(row.schema)), "yes" if row.required else "no", _meaning(book, page, row))
        for row in rows(properties, required)
    ]
    return md.cards(md.table(head, lines))


def outputs(book: Book, page: str, properties: Mapping[str, Any]) -> str:
    """A table of what an action gives back, to its full depth."""
    lines = [
        (md.code(row.path), md.text(kind(row.schema)), _meaning(book, page, row, given=False))
        for row in rows(properties, ())
    ]
    return md.cards(md.table(("Name", "Type", "What it is"), lines))


def flat(book: Book, page: str, properties: Mapping[str, Any], required: Collection[str] | None) -> str:
    """A table of values without what is inside them.

    :param required: the names that must be given; ``None`` for values that nobody gives.
    """
    tops = [Row(name, schema, name in (required or ())) for name, schema in properties.items()]
    rows = [
        (
            md.code(row.path),
            md.text(kind(row.schema)),
            *([] if required is None else ["yes" if row.required else "no"]),
            _meaning(book, page, row, given=required is not None),
        )
        for row in tops
    ]
    head = ("Name", "Type", "What it is") if required is None else ("Name", "Type", "Required", "What it is")
    return md.cards(md.table(head, rows))


def _meaning(book: Book, page: str, row: Row, *, given: bool = True) -> str:
    schema = row.schema
    words = [f"*{md.text(row.form)}:*"] if row.form else []
    if said := schema.get("description") or schema.get("title"):
        words.append(book.prose(str(said), page))
    words.extend(_facts(schema, given=given))
    if isinstance(source := schema.get("options"), Mapping):
        words.append(f"Choose from {book.mention(source['action'], page)}.")
    if isinstance(entries := schema.get("entries"), Mapping):
        kinds = ", ".join(book.mention(name, page) for name in entries["actions"])
        words.append(f"Each entry is checked as the action that its {md.code(entries['by'])} names: {kinds}.")
    return " ".join(words) or " "


# Keywords of JSON Schema with the sentence that they make, in the order of a reader's questions.
_SENTENCES = (
    ("const", "Always {}."),
    ("default", "If left out: {}."),
    ("format", "Format {}."),
    ("minimum", "At least {}."),
    ("exclusiveMinimum", "More than {}."),
    ("maximum", "At most {}."),
    ("exclusiveMaximum", "Less than {}."),
    ("maxLength", "At most {} characters."),
    ("maxItems", "At most {} entries."),
    ("maxProperties", "At most {} properties."),
)


def _facts(schema: Mapping[str, Any], *, given: bool) -> Iterable[str]:
    if "enum" in schema:
        yield f"One of {', '.join(md.code(plain(value)) for value in schema['enum'])}."
    if "generate" in schema:
        yield f"If left out: {GENERATED.get(schema['generate'], schema['generate'])}."
    for keyword, sentence in _SENTENCES:
        if keyword in schema:
            value = schema[keyword]
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            yield sentence.format(f"{value:,}" if number else md.code(plain(value)))
    if schema.get("secret"):
        yield "Secret: no output shows it."
    elif given and schema.get("examples") and len(example := plain(schema["examples"][0])) <= SHORT:
        yield f"Example: {md.code(example)}."
