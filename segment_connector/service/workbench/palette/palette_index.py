"""What the palette leads to, found by the same ranking as everywhere.

Each kind of entry comes from a function of ``SOURCES``. What is found is kept until the specs change; a source whose
entries change by themselves, such as calls that were made, is one of ``FRESH`` and is asked each time. Both stand
here in the order in which they are shown while nothing is typed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote
from weakref import WeakKeyDictionary

from ....language.preset_search import preset_document
from ....language.search import Document, Ranking, document_of
from ....language.trigger_files import Triggers
from ....language.trigger_search import trigger_document
from ..history.call_links import recent_calls
from ..spoken import to_say

if TYPE_CHECKING:
    from ....language.action_records import Summary
    from ....language.locales import Locale
    from ...backend import Backend

_SHOWN = 12
_RECENT = 5


@dataclass(frozen=True, slots=True, eq=False)
class PaletteEntry:
    """One thing to go to.

    :ivar name: beside the title, as code; may be empty.
    :ivar href: where it is, on this site.
    :ivar kind: what it is, in one word.
    :ivar document: what a search looks at.
    :ivar first: whether it is shown while nothing is typed.
    """

    title: str
    name: str
    href: str
    kind: str
    document: Document
    first: bool = False

    def shown(self, say: Locale) -> dict[str, str]:
        """What the browser is told.

        :param say: the language of titles.
        """
        return {"title": say(self.title), "name": self.name, "href": self.href, "kind": say(self.kind)}


Source = Callable[["Backend", Mapping[str, "Summary"]], Iterable[PaletteEntry]]
"""Gives the entries of one kind: takes also the actions that may be called, by name."""


def _pages(backend: Backend, _: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    from ..pages import pages_of

    for page in pages_of(backend):
        yield PaletteEntry(
            page.title, "", page.path, to_say("Page"), Document((page.title,), page.words, ()), first=True
        )


def _actions(backend: Backend, offered: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    spec = backend.connector.spec
    for one in offered.values():
        document, usual = document_of(one, spec), one.name in spec.search.common
        yield PaletteEntry(one.title, one.name, f"/actions/{quote(one.name)}", to_say("Action"), document, usual)


def _presets(backend: Backend, offered: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    specs = backend.connector.specs
    for one in specs.presets.summaries():
        if one.action in offered:
            document = preset_document(one, specs.connector)
            yield PaletteEntry(one.title, one.name, f"/actions/{quote(one.name)}", to_say("Event"), document)


def _triggers(backend: Backend, offered: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    triggers, spec = Triggers(backend.connector.specs), backend.connector.spec
    groups = {name: group.title for name, group in spec.groups.items()}
    for one in triggers.values():
        if triggers.actions_of(one) <= offered.keys():
            document = trigger_document(one, groups)
            yield PaletteEntry(one.title, one.name, f"/triggers/{quote(one.name)}", to_say("Trigger"), document)


def _favourites(backend: Backend, _: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    for name in backend.history.favourites():
        if name in backend.connector.specs.paths:
            one = backend.connector.specs.action(name)
            document = Document((one.title, name), (), ())
            yield PaletteEntry(one.title, name, f"/actions/{quote(name)}", to_say("Favourite"), document, first=True)


def _recent(backend: Backend, _: Mapping[str, Summary]) -> Iterator[PaletteEntry]:
    for one in recent_calls(backend, _RECENT):
        document = Document((one.action.title, one.action.name), (one.call.connection,), ())
        yield PaletteEntry(one.action.title, one.about, one.href, to_say("Recent call"), document, first=True)


SOURCES: tuple[Source, ...] = (_pages, _actions, _presets, _triggers)
FRESH: tuple[Source, ...] = (_favourites, _recent)

_kept: WeakKeyDictionary[Backend, tuple[int, Ranking[PaletteEntry]]] = WeakKeyDictionary()
_lock = threading.Lock()


def found(backend: Backend, search: str) -> list[PaletteEntry]:
    """The entries that fit what was typed so far, the best first; while nothing is typed, those to begin with."""
    fresh = _ranking(backend, FRESH)
    with _lock:
        edition, ranking = _kept.get(backend, (-1, fresh))
        if edition != backend.connector.specs.edition:
            ranking = _ranking(backend, SOURCES)
            _kept[backend] = (backend.connector.specs.edition, ranking)
    if typed := _plain(search):
        every = [*fresh.entries, *ranking.entries]
        begun = [one for one in every if any(_plain(name).startswith(typed) for name in (one.name, one.title))]
        asked = [*fresh.find(search), *ranking.find(search)]
        # A word that is only begun is asked for by none.
        rest = [one for one in every if any(f" {typed}" in _plain(name) for name in (one.name, one.title))]
        return list(dict.fromkeys((*begun, *asked, *rest)))[:_SHOWN]
    return [one for one in (*fresh.entries, *ranking.entries) if one.first][: 2 * _SHOWN]


def _plain(words: str) -> str:
    return " ".join(words.replace("_", " ").casefold().split())


def _ranking(backend: Backend, sources: Sequence[Source]) -> Ranking[PaletteEntry]:
    offered: dict[str, Summary] = {}
    if sources:
        offered = {one.name: one for one in backend.connector.specs.summaries() if backend.policy.permits(one)}
    entries = [entry for source in sources for entry in source(backend, offered)]
    return Ranking([(entry, entry.document) for entry in entries], backend.connector.spec.search.synonyms)
