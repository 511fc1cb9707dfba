"""The pages of presets: one a family, with the fields of each event and what is doubted about them."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.preset_records import Preset
from ..markup import markdown as md
from . import parameter_tables as tables
from .book import Book, to

FOLDER = "presets"
_INDEX = f"{FOLDER}/index.md"


def preset_pages(book: Book) -> dict[str, tuple[str, str]]:
    """Title and text by page, one for each family, the list of them first; nothing when there are none."""
    presets = book.specs.presets
    families: dict[str, list[Preset]] = {}
    for name in presets.paths:
        one = presets.preset(name)
        families.setdefault(one.family, []).append(one)
    if not families:
        return {}
    found = {_INDEX: ("Presets", md.page("connector.yaml and presets/", _index(book, families)))}
    for family, ones in families.items():
        page = f"{FOLDER}/{family}.md"
        found[page] = (_title(book, family), md.page(f"presets/{family}/", _family(book, family, ones, page)))
    return found


def _title(book: Book, family: str) -> str:
    known = book.spec.presets.get(family)
    return known.title if known else family.replace("_", " ").capitalize()


def _summary(book: Book, family: str) -> str:
    known = book.spec.presets.get(family)
    return known.summary if known else ""


def _index(book: Book, families: dict[str, list[Preset]]) -> Iterator[str]:
    yield "# Presets"
    yield (
        f"{sum(map(len, families.values()))} events whose properties are known. A preset is called by "
        "its name, like an action. Anything that differs from its description gives a warning, and the event is sent."
    )
    yield md.table(
        ("Family", "Events", "What it is about"),
        (
            (md.link(md.text(_title(book, family)), to(f"{FOLDER}/{family}.md", _INDEX)), f"{len(ones):,}",
             book.prose(_summary(book, family), _INDEX))
            for family, ones in families.items()
        ),
    )  # fmt: skip


def _family(book: Book, family: str, ones: list[Preset], page: str) -> Iterator[str]:
    known = book.spec.presets.get(family)
    yield f"# {md.text(_title(book, family))}"
    yield book.prose(_summary(book, family), page)
    if known and known.docs:
        yield f"The service's own description: <{known.docs}>."
    yield md.table(
        ("Event", "Name", "What happened"),
        (
            (md.link(md.text(one.title), f"#{md.slug(one.title)}"), md.code(one.name), book.prose(one.summary, page))
            for one in ones
        ),
    )
    for one in ones:
        yield from _event(book, one, page)


def _event(book: Book, preset: Preset, page: str) -> Iterator[str]:
    yield f"## {md.text(preset.title)}"
    yield book.prose(preset.summary, page)
    settled = ", ".join(f"{md.code(name)}: {md.code(str(value))}" for name, value in preset.inputs.items())
    yield f"{md.code(preset.name)}, a preset of {book.mention(preset.action, page)} with {settled}."
    if members := preset.members():
        fields = {f"{top}.{name}": below for top, one in members.items() for name, below in one["properties"].items()}
        needed = [f"{top}.{name}" for top, one in members.items() for name in one.get("required", ())]
        yield tables.parameters(book, page, fields, needed)
    if preset.doubts:
        yield "Warnings:"
        yield md.bullets(
            f"{md.code(one.field)}: {book.prose(md.sentence(one.warn), page)} {book.prose(md.sentence(one.hint), page)}"
            for one in preset.doubts
        )
