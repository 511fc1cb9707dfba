"""The first page."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .. import PROGRAM
from ..markup import markdown as md
from .book import CONNECTION, ERRORS, INDEX, LIMITS, Book, group_page, page_of

HOME = "index.md"

_OVERVIEW = "assets/overview.svg"
_WORKBENCH = "assets/pictures/catalogue"
_PATHS = (
    ("Send an event", "In the workbench or a builder, with no code.", ("quick-start", "service", "presets", "sandbox")),
    ("Import a file", "For teams with tables, exports and databases.", ("bulk", "files", "mappings", "tracking-plans")),
    (
        "Build it in",
        "For developers, in Python or in any language.",
        ("embed", "service", "import", "errors-and-retries"),
    ),
    ("Give it to an agent", "Tools with rules that you decide.", ("agents", "security")),
)
"""Who reads: what they want, for whom that is, and the guides that lead there."""


def home_text(book: Book, guides: dict[str, str], pictures: Collection[str] = ()) -> str:
    """The first page: what the connector is, where to begin, and what it can do.

    :param guides: title of every guide by its page.
    :param pictures: paths of the pictures that there are; those that the page has no use for do not matter.
    """
    return md.page("connector.yaml", _parts(book, guides, pictures))


def _parts(book: Book, guides: dict[str, str], pictures: Collection[str]) -> Iterator[str]:
    spec = book.spec
    yield f"# {md.text(spec.title)} connector"
    yield f"**{book.prose(spec.summary, HOME)}**"
    yield book.prose(spec.description, HOME)
    if _OVERVIEW in pictures:
        yield md.picture("Who comes in, what one call does, and where it goes", _OVERVIEW)
    yield from _start(book, guides)
    if {f"{_WORKBENCH}-{scheme}.png" for scheme in ("light", "dark")} <= set(pictures):
        yield "## The workbench"
        yield f"{md.code(f'{spec.command} serve')} opens it in your browser, with a sandbox and without an account:"
        yield md.picture_of_each(
            "The workbench: four ways to start, a search, and every action by resource", _WORKBENCH
        )
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
        yield md.unsearched(md.table(("Action", "Name", "What it does"), rows))
    yield "## What it can do"
    groups = [(book.group(name), group_page(name), len(actions)) for name, actions in book.groups.items()]
    rows = (
        (md.link(md.text(group.title), page), f"{number:,}", book.prose(group.summary, HOME))
        for group, page, number in groups
    )
    yield md.unsearched(md.table(("Resource", "Actions", "What it is about"), rows))


def _start(book: Book, guides: dict[str, str]) -> Iterator[str]:
    """How to install it, and a card for each kind of reader; nothing where there are no guides."""
    cards = []
    for title, words, pages in _PATHS:
        links = [md.link(guides[page], page) for name in pages if (page := f"guides/{name}.md") in guides]
        if links:
            cards.append(f"### {title}\n\n{words}\n\n{md.bullets(links)}")
    if cards:
        yield "## Start"
        yield md.block(f"pip install '{PROGRAM}[service]' && {book.spec.command} serve", "sh")
        yield md.beside(*cards)
