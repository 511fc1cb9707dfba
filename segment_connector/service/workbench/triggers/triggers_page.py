"""The triggers: those that are subscribed to, and all that there are, found by words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nicegui import ui

from ....markup.html import html
from ..badges import MEANINGS
from ..frame import heading, panel
from ..markup import block, text
from ..spoken import say
from ..work import in_thread
from .subscription_cards import SubscriptionCards

if TYPE_CHECKING:
    from ....language.search import Ranking
    from ....language.trigger_records import Trigger
    from ...trigger_service import TriggerService

STYLE = Path(__file__).parents[1] / "static" / "triggers.css"


async def page(triggers: TriggerService) -> None:
    """The page."""
    ui.add_css(STYLE)
    title = triggers.backend.connector.spec.title
    heading(say("Triggers"), say("Start your own work when something happens in {title}.", title=title))
    ranking = await in_thread(lambda: triggers.ranking)
    await SubscriptionCards(triggers).start()
    _AllTriggers(triggers, ranking)


class _AllTriggers:
    """Every trigger by group, or those that are searched for."""

    def __init__(self, triggers: TriggerService, ranking: Ranking[Trigger]) -> None:
        self._ranking = ranking
        groups = triggers.backend.connector.spec.groups
        self._titles = {name: say(group.title) for name, group in groups.items()}
        with panel(say("All triggers")):
            search = block(
                "input", "wb-input tg-search", type="search", placeholder=say("Search triggers"),
                aria_label=say("Search triggers"), maxlength="200",
            )  # fmt: skip
            search.on(
                "input", lambda event: self._show(str(event.args)),
                js_handler="(event) => emit(event.target.value)", throttle=0.2,
            )  # fmt: skip
            self._said = text("p", "", "wb-quiet", role="status")
            self._rows = ui.html("", sanitize=False)
        self._show("")

    def _show(self, search: str) -> None:
        found, total = self._ranking.find(search), len(self._ranking.entries)
        groups: dict[str, list[Trigger]] = {}
        for one in found:
            groups.setdefault("" if search.strip() else self._titles.get(one.group, one.group), []).append(one)
        self._rows.set_content(
            html("service/workbench/triggers/trigger_rows.html", groups=groups, meanings=MEANINGS, say=say)
        )
        self._said.set_text(
            say("{total} triggers", total=total)
            if len(found) == total
            else say("{count} of {total} triggers", count=len(found), total=total)
        )
