"""What the sandbox sent on to webhooks: a list, and each try of the delivery that is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....markup.html import html
from ..badges import MEANINGS
from ..frame import panel
from ..json_view import text_view
from ..markup import block, table_head, text
from ..spoken import say
from ..work import in_thread

if TYPE_CHECKING:
    from ...backend import Backend

_ROWS = 50
_KIND = {"delivered": "good", "waiting": "warn", "retrying": "warn", "failed": "bad", "dropped": "bad"}
_PICKED = "(event) => { const row = event.target.closest('[data-number]'); if (row) emit(row.dataset.number) }"


class DeliveryPanel:
    """The deliveries of the sandbox, newest first; there is nothing to see until there is one."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._change = 0
        self._shown: dict[int, Mapping[str, Any]] = {}
        self._open = 0
        self._cleared = 0
        with panel(say("Sent to webhooks"), "db-sent") as self._panel:
            text("p", say("What the sandbox delivered, on this machine only, newest first."), "wb-quiet")
            scrolled = block(
                "div", "wb-table-scroll", role="region", aria_label=say("List of deliveries"), tabindex="0"
            )
            with scrolled, block("table", "wb-table db-deliveries"):
                ui.html(
                    table_head(say("Last try (UTC)"), say("Status"), say("Tries"), say("Sent to")),
                    sanitize=False, tag="thead",
                )  # fmt: skip
                self._body = block("tbody").on("click", self._pick, js_handler=_PICKED)
            self._inside = block("div", "db-inside")
        self._panel.set_visibility(False)

    async def look(self, cleared: int) -> None:
        """Show what is new.

        :param cleared: how often the sandbox was emptied.
        """
        found, self._change = await in_thread(self._backend.sandbox.delivery_changes, self._change, 0)
        if cleared != self._cleared:
            self._cleared, self._open = cleared, 0
            self._shown.clear()
            self._inside.clear()
        elif not found:
            return
        self._shown.update({one["number"]: one for one in found})
        for number in sorted(self._shown)[:-_ROWS]:
            del self._shown[number]
        self._panel.set_visibility(bool(self._shown))
        self._draw()

    def _draw(self) -> None:
        self._body.clear()
        with self._body:
            for number, one in sorted(self._shown.items(), reverse=True):
                row = ui.html(_cells(one), sanitize=False, tag="tr")
                row.props["data-number"] = str(number)
                if number == self._open:
                    row.props["aria-current"] = "true"
        if self._open in self._shown:
            self._show(self._shown[self._open])

    def _pick(self, event: Any) -> None:
        self._open = int(event.args)
        self._draw()

    def _show(self, one: Mapping[str, Any]) -> None:
        self._inside.clear()
        with self._inside:
            with block("div", "wb-row"):
                status = one["status"]
                text("span", status, f"wb-chip wb-chip--{_KIND[status]}", title=say(MEANINGS[status]))
                text("h3", say("Delivery {number}", number=one["number"]))
            if one["reason"]:
                text("p", one["reason"], "wb-note wb-note--warn")
            facts = {
                say("Sent to"): f"{one['method']} {one['url']}".strip() or "nowhere",
                say("Events"): ", ".join(map(str, one["events"])),
                say("Signature"): one["signature"],
                **{say("Try {number}", number=number): _said(step) for number, step in enumerate(one["tries"], 1)},
                **one["headers"],
            }
            with block("dl", "db-facts"):
                for name, value in facts.items():
                    text("dt", name)
                    text("dd", value)
            if one["text"]:
                text_view(one["text"], say("The body as it is sent"))


def _said(step: Mapping[str, Any]) -> str:
    answered = step["reason"] if step["status"] is None else f"HTTP {step['status']}"
    again = say(", again after {seconds:.0f} s", seconds=step["wait"]) if step["wait"] else ""
    return f"{step['at'][11:23]}  {answered}{again}"


def _cells(one: Mapping[str, Any]) -> str:
    tries = one["tries"]
    answered = str(tries[-1]["status"] or tries[-1]["reason"]) if tries else one["reason"] or ""
    return html(
        "service/workbench/debugger/delivery_cells.html", one=one, kind=_KIND[one["status"]],
        meaning=say(MEANINGS[one["status"]]),
        at=tries[-1]["at"][11:23] if tries else "", answered=answered,
        events=json.dumps(one["events"])[1:-1],
    )  # fmt: skip
