"""Which connection a page calls with: chosen in the header, kept by the browser, told to whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .markup import Select, block, text
from .spoken import say

if TYPE_CHECKING:
    from ..backend import Backend


COOKIE = "connection"


class Chosen:
    """The chosen connection of one page.

    :param kept: the name that the browser kept, percent-encoded; the first connection is taken when there is none.
    :ivar name: the connection's name, for ``Backend.run`` and its like.
    :ivar select: where a person chooses, once it is there.
    """

    def __init__(self, backend: Backend, kept: str) -> None:
        self._backend = backend
        self._heard: list[Callable[[], Any]] = []
        self.select: Select | None = None
        names = self.names()
        self.name = kept if (kept := unquote(kept)) in names else names[0]

    def names(self) -> list[str]:
        """Every connection there is, the sandbox first."""
        return self._backend.connections.names()

    @property
    def sandbox(self) -> str:
        """The name of the connection that stays on this machine."""
        return self.names()[0]

    @property
    def is_sandbox(self) -> bool:
        """Whether a call stays on this machine."""
        return self.name == self.sandbox

    def on_change(self, heard: Callable[[], Any]) -> None:
        """Call a function, or await what it gives, after another connection was chosen."""
        self._heard.append(heard)

    async def choose(self, name: str) -> None:
        """Take another connection."""
        self.name = name
        for heard in self._heard:
            if isawaitable(made := heard()):
                await made

    async def renew(self) -> None:
        """Offer the connections that there are now; in place of one that is gone, the first is chosen."""
        names = self.names()
        name = self.name if self.name in names else names[0]
        if self.select is not None:
            self.select.set_options({one: one for one in names}, name)
        if name != self.name:
            await self.choose(name)


def connection_chooser(chosen: Chosen) -> Select:
    """The select of the header."""
    with block("label", "wb-chooser"):
        text("span", say("Connection"), "wb-chooser-label")
        names = {name: name for name in chosen.names()}
        chosen.select = Select(names, chosen.name, cookie=COOKIE, on_change=chosen.choose)
    return chosen.select
