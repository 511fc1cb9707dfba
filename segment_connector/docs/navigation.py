"""The part of a site's navigation that is written from specs: YAML, an entry a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .book import CONNECTION, ERRORS, INDEX, LIMITS, SERVERS, Book, group_page, page_of


def navigation(
    book: Book,
    platforms: Mapping[str, str],
    language: Mapping[str, str],
    presets: Mapping[str, str],
    triggers: Mapping[str, str],
    *,
    has_servers: bool = False,
) -> str:
    """Entries for actions by resource, reference and platforms.

    :param platforms: title of each platform's page by its path.
    :param language: title of each page of the language's reference by its path.
    :param presets: title of each page of presets by its path.
    :param triggers: title of each page of triggers by its path.
    :param has_servers: whether there is a page of other services.
    """
    lines = _lines(book, platforms, language, presets, triggers, has_servers=has_servers)
    return "".join(f"{line}\n" for line in lines)


def _lines(
    book: Book, platforms: Mapping[str, str], language: Mapping[str, str], presets: Mapping[str, str],
    triggers: Mapping[str, str], *, has_servers: bool,
) -> Iterator[str]:  # fmt: skip
    yield "  - Actions:"
    yield f"      - {INDEX}"
    for name, actions in book.groups.items():
        yield f"      - {_text(book.group(name).title)}:"
        yield f"          - {group_page(name)}"
        yield from (f"          - {_text(action.title)}: {page_of(action)}" for action in actions)
    if triggers:
        yield "  - Triggers:"
        yield from (f"      - {_text(title)}: {page}" for page, title in triggers.items())
    if presets:
        yield "  - Presets:"
        yield from (f"      - {_text(title)}: {page}" for page, title in presets.items())
    yield "  - Reference:"
    yield from (f"      - {title}: {page}" for title, page in _REFERENCE)
    if has_servers:
        yield f"      - Other services: {SERVERS}"
    yield "      - Language of the specs:"
    yield from (f"          - {_text(title)}: {page}" for page, title in language.items())
    if platforms:
        yield "  - Platforms:"
        yield from (f"      - {_text(title)}: {page}" for page, title in platforms.items())


_REFERENCE = (("Connection", CONNECTION), ("Errors", ERRORS), ("Limits and retries", LIMITS))


def _text(title: str) -> str:
    return json.dumps(title, ensure_ascii=False)
