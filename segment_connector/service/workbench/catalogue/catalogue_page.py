"""The catalogue: every action, found by words, resource and effect, as the connector or a platform lists it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from nicegui import ui

from ..frame import heading
from ..history.favourites import own_card
from ..markup import Select, block, icon, icon_name, text
from ..spoken import locale, say, to_say
from ..work import in_thread
from . import listing
from .start_card import start_card

if TYPE_CHECKING:
    from ....language.locales import Locale
    from ....language.search import Ranking
    from ...backend import Backend

_EFFECTS = {
    "": to_say("All effects"), "read": to_say("Read"), "write": to_say("Write"), "delete": to_say("Delete"),
}  # fmt: skip


async def page(backend: Backend) -> None:
    """The page at ``/``; its query (``q``, ``resource``, ``effect``, ``platform``) is what is chosen on it."""
    connector = backend.connector
    asked = ui.context.client.request.query_params
    names = await in_thread(listing.platforms, connector)
    platform = found if (found := asked.get("platform", "")) in names else ""
    view = _View(backend, names, platform, await in_thread(_listed, backend, platform, locale()))
    wanted = listing.Filter(asked.get("q", ""), asked.get("resource", ""), asked.get("effect", ""))
    heading(say("Catalogue"), say(connector.spec.summary))
    start_card(backend)
    await own_card(backend)
    view.draw(wanted)


class _View:
    """What is chosen on one visit, and the elements that show it."""

    def __init__(
        self, backend: Backend, platforms: dict[str, str], platform: str, ranking: Ranking[listing.ListedEntry]
    ) -> None:
        self._backend = backend
        self._platforms = platforms
        self._platform = platform
        self._ranking = ranking
        self._titles = {name: say(title) for name, title in listing.group_titles(backend.connector).items()}
        self._summaries = {name: say(group.summary) for name, group in backend.connector.spec.groups.items()}

    def draw(self, wanted: listing.Filter) -> None:
        """Make the elements, with what is wanted at first."""
        self._wanted = replace(
            wanted,
            group=wanted.group if any(entry.group == wanted.group for entry in self._ranking.entries) else "",
            effect=wanted.effect if wanted.effect in _EFFECTS else "",
        )
        self._tools()
        with block("div", "wb-catalogue"):
            with block("nav", "wb-resources", aria_label=say("Resources")):
                self._resources = ui.html("", sanitize=False, tag="ul")
            # One listener for all: a button each would be thirty elements that a server keeps.
            self._resources.on(
                "click",
                self._choose_group,
                js_handler="(e) => { const b = e.target.closest('button'); if (b) emit(b.dataset.group); }",
            )
            with block("div", "wb-results"):
                self._rows = ui.html("", sanitize=False)
        self._show()

    def _tools(self) -> None:
        with block("div", "wb-tools", role="search"):
            search = ui.input(placeholder=say("Search actions"), value=self._wanted.search)
            search.props("outlined dense clearable debounce=120 type=search")
            search.props["aria-label"] = say("Search actions")
            search.props["clear-icon"] = icon_name("close")
            search.classes("wb-search").on_value_change(lambda event: self._ask(search=event.value or ""))
            with search.add_slot("prepend"):
                icon("search")
            with search.add_slot("append"):
                text("kbd", "/", "wb-key", aria_hidden="true")
            self._groups = Select({}, "", label=say("Resource"), on_change=lambda value: self._ask(group=value))
            self._groups.classes("wb-narrow")
            Select(
                {name: say(one) for name, one in _EFFECTS.items()},
                self._wanted.effect,
                label=say("Effect"),
                on_change=lambda value: self._ask(effect=value),
            )
            listed = {"": say("As this connector lists it")} | {
                name: say("As {title} lists it", title=title) for name, title in self._platforms.items()
            }
            Select(listed, self._platform, label=say("Platform"), on_change=self._choose_platform)
            self._status = text("p", "", "wb-quiet wb-status", role="status")
            self._source = text("a", say("Listing as JSON"), "wb-quiet wb-source")

    def _choose_group(self, event: Any) -> None:
        self._ask(group=str(event.args))

    async def _choose_platform(self, platform: str) -> None:
        self._platform = platform
        self._ranking = await in_thread(_listed, self._backend, platform, locale())
        if all(entry.group != self._wanted.group for entry in self._ranking.entries):
            self._wanted = replace(self._wanted, group="")
        self._ask()

    def _ask(self, **changed: str) -> None:
        self._wanted = replace(self._wanted, **changed)
        self._show()
        chosen = {
            "q": self._wanted.search, "resource": self._wanted.group, "effect": self._wanted.effect,
            "platform": self._platform,
        }  # fmt: skip
        query = urlencode({name: value for name, value in chosen.items() if value})
        # So that the way back from an action leads to the same list.
        ui.run_javascript(f"history.replaceState(history.state, '', {json.dumps(f'/?{query}' if query else '/')})")

    def _show(self) -> None:
        wanted, titles = self._wanted, self._titles
        found = wanted(self._ranking)
        left = Counter(entry.group for entry in replace(wanted, group="")(self._ranking))
        counts = {group: left[group] for group in dict.fromkeys(entry.group for entry in self._ranking.entries)}
        self._resources.set_content(listing.resources(counts, titles, wanted.group))
        options = {"": say("All resources")} | {group: titles.get(group, group) for group in counts}
        self._groups.set_options(options, wanted.group)
        shown = listing.rows(found, titles, self._summaries, grouped=not wanted.search.strip())
        # The keyboard waits for what was found by the words that stand there.
        words = escape(wanted.search)
        self._rows.set_content(f'<div data-search="{words}">{shown if found else _nothing(wanted.search)}</div>')
        total = len(self._ranking.entries)
        said = say("{count} of {total} actions", count=len(found), total=total)
        if len(found) == total:
            said = say("{count} actions", count=total)
        self._status.set_text(said)
        self._source.props["href"] = f"/v1/catalog/{quote(self._platform)}" if self._platform else "/v1/actions"
        self._source.update()


def _listed(backend: Backend, platform: str, said: Locale) -> Ranking[listing.ListedEntry]:
    return listing.ranking(backend.connector, listing.entries(backend.connector, platform, backend.policy, said))


def _nothing(search: str) -> str:
    cure = say("Try another word or filter.") if search else say("No action has that resource and effect.")
    return f'<div class="wb-empty"><p>{say("Nothing found.")}</p><p class="wb-quiet">{cure}</p></div>'
