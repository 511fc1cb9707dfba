"""All pages that are written from specs, and how they are kept: written, compared, taken away."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..language.specs import Specs
from ..markup import markdown as md
from ..markup.look import COLOURS, logo
from .action_reference import action_page
from .book import CONNECTION, ERRORS, INDEX, LIMITS, SERVERS, Book, group_page, page_of
from .connection_page import connection_text
from .errors_page import errors_text
from .group_pages import group_text, index_text
from .home_page import HOME, home_text
from .language_pages import language_pages
from .limits_page import limits_text
from .navigation import navigation
from .platform_pages import platform_pages
from .preset_pages import preset_pages
from .servers_page import servers_text
from .trigger_pages import trigger_pages

_GUIDES = "guides"
# Of a site's settings, what follows this line is written from the specs; the rest is a person's.
_BELOW = "  # Below this line: written by 'segment-connector docs'.\n"
SETTINGS = "../mkdocs.yml"


def pages(specs: Specs, folder: Path) -> dict[str, str]:
    """The text of every page by its path below a folder.

    :param specs: what is described.
    :param folder: where the pages will be; guides that lie in it are linked, and a site's settings beside it
        (``mkdocs.yml``) get their navigation.
    :raises SpecError: when a spec cannot be read.
    """
    book = Book(specs)
    platforms, presets, language = platform_pages(book), preset_pages(book), language_pages(specs.root)
    triggers = trigger_pages(book)
    made = {
        HOME: home_text(book, guides_in(folder), _pictures_in(folder)),
        INDEX: index_text(book),
        **{group_page(name): group_text(book, name) for name in book.groups},
        **{page_of(action): action_page(book, action) for action in book.actions.values()},
        CONNECTION: connection_text(book),
        LIMITS: limits_text(book),
        ERRORS: errors_text(book),
        **{page: text for page, (_, text) in (platforms | presets | triggers | language).items()},
    }
    if (servers := servers_text(book)) is not None:
        made[SERVERS] = servers
    settings = _path(folder, SETTINGS)
    if settings.is_file() and _BELOW in (own := settings.read_text(encoding="utf-8")):
        titles = [
            {page: title for page, (title, _) in found.items()} for found in (platforms, language, presets, triggers)
        ]
        made["assets/colours.css"], made["assets/logo.svg"] = COLOURS.read_text(encoding="utf-8"), f"{logo()}\n"
        made[SETTINGS] = own.partition(_BELOW)[0] + _BELOW + navigation(book, *titles, has_servers=SERVERS in made)
    return made


def guides_in(folder: Path) -> dict[str, str]:
    """Title of every guide that a person has written, by its page: in the order of their index, then by name."""
    index = folder / _GUIDES / "index.md"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", index.read_text(encoding="utf-8")) if index.is_file() else []
    found = sorted(path.name for path in folder.glob(f"{_GUIDES}/*.md") if path != index)
    return {
        f"{_GUIDES}/{name}": _title(folder / _GUIDES / name)
        for name in dict.fromkeys([*listed, *found])
        if name in found
    }


def _pictures_in(folder: Path) -> list[str]:
    return [
        path.relative_to(folder).as_posix() for path in folder.glob("assets/**/*") if path.suffix in (".svg", ".png")
    ]


def _title(path: Path) -> str:
    title = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return title[1] if title else path.stem


def stale(made: Mapping[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """Each page of a folder that is not what it should be, and why: ``missing``, ``differs`` or ``left over``."""
    for page, text in made.items():
        path = _path(folder, page)
        if not path.is_file():
            yield page, "missing"
        elif path.read_bytes() != text.encode():
            yield page, "differs"
    for page in _left_over(made, folder):
        yield page, "left over"


def write(made: Mapping[str, str], folder: Path) -> list[str]:
    """Bring a folder up to date: write what is stale, remove what is left over; nothing a person wrote is touched.

    :returns: the pages that were changed.
    """
    changed = list(stale(made, folder))
    for page, why in changed:
        path = _path(folder, page)
        if why == "left over":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[page].encode())
    return [page for page, _ in changed]


def _path(folder: Path, page: str) -> Path:
    # The folder may not be there yet, and then '..' leads nowhere.
    return Path(os.path.normpath(folder / page))


def _left_over(made: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Pages that the remark on top says were written from specs, but of which the specs know nothing any more."""
    for path in sorted(folder.rglob("*.md")):
        page = path.relative_to(folder).as_posix()
        if page not in made:
            with path.open(encoding="utf-8", errors="replace") as file:
                if file.readline().startswith(md.MARK):
                    yield page
