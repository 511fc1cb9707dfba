"""The first page."""

from __future__ import annotations

from collections.abc import Iterator

from ..markup import markdown as md
from .book import CONNECTION, ERRORS, INDEX, LIMITS, Book, group_page, page_of

HOME = "index.md"


def home_text(book: Book, guides: dict[str, str]) -> str:
    """The first page: what the connector is, where to begin, and what it can do.

    :param guides: title of every guide by its page.
    """
    return md.page("connector.yaml", _parts(book, guides))


def _parts(book: Book, guides: dict[str, str]) -> Iterator[str]:
    spec = book.spec
    yield f"# {md.text(spec.title)} connector"
    yield f"**{book.prose(spec.summary, HOME)}**"
    yield book.prose(spec.description, HOME)
    if guides:
        yield "## Guides"
        yield md.bullets(md.link(title, page) for page, title in guides.items())
    yield "## Reference"
    yield md.bullets(
        (
            f"{md.link('Connection', CONNECTION)}: regions, credentials and where to find them",
            f"{md.link('Errors', ERRORS)}: what each code means, and what to do",
            f"{md.link('Limits and retries', LIMITS)}: how much is accepted, how fast, and what is retried",
            f"{md.link('All actions', INDEX)}: {len(book.actions):,} of them",
        )
    )
    if common := [book.actions[name] for name in spec.search.common if name in book.actions]:
        yield "## Commonly used"
        rows = (
            (md.link(md.text(one.title), page_of(one)), md.code(one.name), book.prose(one.summary, HOME))
            for one in common
        )
        yield md.table(("Action", "Name", "What it does"), rows)
    yield "## What it can do"
    groups = [(book.group(name), group_page(name), len(actions)) for name, actions in book.groups.items()]
    rows = (
        (md.link(md.text(group.title), page), f"{number:,}", book.prose(group.summary, HOME))
        for group, page, number in groups
    )
    yield md.table(("Resource", "Actions", "What it is about"), rows)
