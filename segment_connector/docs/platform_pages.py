"""The page of each platform: what it lists, by which names, and how the same action is called there."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.profiles import profile_paths
from ..markup import markdown as md
from ..platforms.catalog import Catalog
from ..platforms.catalog_entry import limits
from . import parameter_tables as tables
from .book import Book, page_of, to
from .call_forms import python_line
from .literals import json_text
from .trigger_pages import page_of_trigger

FOLDER = "platforms"
_INDEX = f"{FOLDER}/index.md"


def platform_pages(book: Book) -> dict[str, tuple[str, str]]:
    """Title and text by page, one for each platform, the list of them first; nothing when there are none."""
    names = list(profile_paths(book.specs.root))
    if not names:
        return {}
    catalogs = {f"{FOLDER}/{name}.md": Catalog(book.specs, lambda: book.rehearsal.caller, name) for name in names}
    found = {_INDEX: ("Platforms", md.page("catalogs/", _index(book, catalogs)))}
    for page, catalog in catalogs.items():
        text = md.page(f"catalogs/{catalog.profile.name}.yaml", _parts(book, catalog, page))
        found[page] = (catalog.profile.title, text)
    return found


def _index(book: Book, catalogs: dict[str, Catalog]) -> Iterator[str]:
    yield "# Platforms"
    yield "How each platform lists the connector. Names and envelopes differ; the actions behind them are the same."
    rows = (
        (
            md.link(md.text(one.profile.title), to(page, _INDEX)),
            f"{len(one.entries):,}",
            f"{len(one.triggers):,}",
            book.prose(one.profile.summary, _INDEX),
        )
        for page, one in catalogs.items()
    )
    yield md.table(("Platform", "Actions", "Triggers", "How it lists them"), rows)


def _parts(book: Book, catalog: Catalog, page: str) -> Iterator[str]:
    profile = catalog.profile
    yield f"# {md.text(profile.title)}"
    yield f"**{book.prose(profile.summary, page)}**"
    if profile.description:
        yield book.prose(profile.description, page)
    yield "The listing as the platform reads it:"
    yield md.block(f"{book.spec.command} catalog {profile.name} --format json", "sh")
    yield from _credentials(book, catalog, page)
    if profile.limits:
        yield "## Limits"
        yield md.bullets(book.prose(limit, page) for limit in limits(catalog)["notes"])
    yield "## Actions"
    yield md.table(("Listed as", "Action", "What it does"), _rows(catalog, page))
    if catalog.triggers:
        yield "## Triggers"
        yield md.table(("Listed as", "Trigger", "When it starts"), _trigger_rows(catalog, page))
    # Where all actions are listed as they are, their own pages say the rest.
    if not profile.every_action:
        for name in catalog:
            yield from _action(book, catalog, name, page)


def _rows(catalog: Catalog, page: str) -> Iterator[tuple[str, str, str]]:
    for name in catalog:
        listed = catalog.listed(name)
        target = to(page_of(listed.action), page)
        here = md.code(name) if catalog.profile.every_action else md.link(md.code(name), f"#{md.slug(name)}")
        said = md.text(listed.description)
        yield here, md.link(md.code(listed.action.name), target), said


def _trigger_rows(catalog: Catalog, page: str) -> Iterator[tuple[str, str, str]]:
    for name, trigger in catalog.triggers.items():
        target = to(page_of_trigger(trigger), page)
        yield md.code(name), md.link(md.code(trigger.name), target), md.text(trigger.summary)


def _credentials(book: Book, catalog: Catalog, page: str) -> Iterator[str]:
    asked = catalog.profile.credentials
    if asked is None:
        return
    yield "## Credentials"
    yield book.prose(asked.description, page)
    if asked.steps:
        yield md.bullets(book.prose(step, page) for step in asked.steps)
    properties = book.spec.connection.properties
    rows = []
    for name, field in asked.fields.items():
        own = properties.get(field.connection, {})
        said = field.description or str(own.get("description", ""))
        rows.append((md.code(name), "yes" if field.required else "no", book.prose(said, page)))
    yield md.table(("Field", "Required", "What it is"), rows)


def _action(book: Book, catalog: Catalog, name: str, page: str) -> Iterator[str]:
    listed, answers = catalog.listed(name), catalog.answers(name)
    target = md.link(md.code(listed.action.name), to(page_of(listed.action), page))
    yield f"### {name}"
    yield f"{md.text(md.sentence(listed.description))} It calls {target}, whose page says more about each value."
    yield tables.flat(book, page, listed.parameters, listed.required) or "It takes nothing."
    if listed.rules:
        yield "Also refused:"
        yield md.bullets(md.text(f"{md.sentence(rule.message)} {md.sentence(rule.hint)}") for rule in listed.rules)
    yield "Its answer:"
    yield tables.flat(book, page, answers.schema.get("properties", {}), None)
    if listed.action.examples:
        example = listed.action.examples[0]
        function = f'connector.catalog("{catalog.profile.name}").run'
        yield "A call in Python, and what it gives:"
        yield md.block(python_line(function, name, listed.sample(example.input)), "python")
        yield md.block(json_text(answers.sample(example)), "json")
