"""The page of a group of actions, and the list of all groups."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.action_records import Action
from ..markup import markdown as md
from .book import INDEX, Book, group_page, page_of, to

_SOURCE = "connector.yaml and actions/"


def group_text(book: Book, name: str) -> str:
    """The page of a group: what it is about, and its actions."""
    group, page = book.group(name), group_page(name)
    return md.page(
        f"connector.yaml and actions/{name}/",
        (f"# {md.text(group.title)}", book.prose(group.summary, page), _table(book, page, book.groups[name])),
    )


def index_text(book: Book) -> str:
    """The list of every action by group."""
    return md.page(_SOURCE, _index(book))


def _index(book: Book) -> Iterator[str]:
    yield "# Actions"
    yield f"{len(book.actions):,} actions in {len(book.groups):,} groups. {_EFFECTS}"
    for name, actions in book.groups.items():
        group = book.group(name)
        yield f"## {md.link(md.text(group.title), to(group_page(name), INDEX))}"
        yield book.prose(group.summary, INDEX)
        yield _table(book, INDEX, actions)


_EFFECTS = "What deletes, and what replaces a whole list, asks first."


def _table(book: Book, page: str, actions: list[Action]) -> str:
    rows = (
        (
            md.link(md.text(action.title), to(page_of(action), page)),
            md.code(action.name),
            action.effect if action.stability == "stable" else f"{action.effect}, {action.stability}",
            book.prose(action.summary, page),
        )
        for action in actions
    )
    return md.table(("Action", "Name", "Effect", "What it does"), rows)
