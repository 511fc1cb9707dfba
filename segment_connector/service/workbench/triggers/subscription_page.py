"""One subscription: how it is doing, its items as they come, a delivery to be judged, and a scene to be played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from ..frame import chosen, panel
from ..markup import block, text
from ..spoken import say
from ..work import in_thread
from .delivery_check import DeliveryCheck
from .item_feed import ItemFeed
from .scene_player import ScenePlayer
from .subscribe_page import show_head
from .subscription_cards import SubscriptionCard
from .triggers_page import STYLE

if TYPE_CHECKING:
    from ...trigger_service import TriggerService

_EVERY = 0.5  # seconds between two looks


async def page(triggers: TriggerService, name: str, id: str) -> None:  # noqa: A002 - as the path says
    """The page at ``/triggers/{name}/{id}``.

    :raises UnknownActionError: when there is no such trigger; the frame shows it.
    :raises UnknownRegistration: when it has no such subscription.
    """
    registration = await in_thread(triggers.subscription, name, id)
    ui.add_css(STYLE)
    show_head(triggers, triggers.runner.triggers.trigger(name), id)
    with panel(say("State")):
        card = SubscriptionCard(triggers, registration, lambda: ui.navigate.to("/triggers"), linked=False)
    feed = ItemFeed(triggers, registration)
    if registration.connection == chosen().sandbox:
        ScenePlayer(triggers, registration)
    if registration.subscription is not None:
        DeliveryCheck(triggers, registration)

    async def look() -> None:
        found = next((one for one in await in_thread(triggers.subscriptions, name) if one.id == id), None)
        if found is None:
            timer.cancel()
            card.element.clear()
            with card.element, block("div", "wb-note wb-note--warn", role="status"):
                text("strong", say("This subscription was removed."))
                text("a", say("See the others"), href="/triggers")
            return
        card.show(described := await in_thread(triggers.described, found))
        await feed.look(described["items"])

    await look()
    timer = ui.timer(_EVERY, look, immediate=False)
