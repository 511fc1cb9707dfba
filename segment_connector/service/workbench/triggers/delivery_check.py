"""A delivery that somebody pastes, and what would become of it; nothing is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ....errors import ConnectorError, InputError
from ....markup.markdown import sentence
from ..frame import panel
from ..markup import block, text
from ..spoken import say, to_say
from ..work import in_thread
from .subscription_cards import show_problem

if TYPE_CHECKING:
    from ....inbox.registration import Registration
    from ....triggers.receiving import Reception
    from ...trigger_service import TriggerService

# The fields themselves: what a form sends has its line breaks changed.
_PASTED = """(event) => {
  event.preventDefault();
  emit({headers: event.target.elements.headers.value, body: event.target.elements.body.value});
}"""
_PROOF = {
    "signature": to_say("Its signature is right."),
    "token": to_say("Its token is right."),
    "none": to_say("Its origin cannot be verified."),
}


class DeliveryCheck:
    """The panel."""

    def __init__(self, triggers: TriggerService, registration: Registration) -> None:
        self._triggers = triggers
        self._registration = registration
        with panel(say("Check a delivery")):
            text("p", say("Paste a request to see how it would be handled. Nothing is stored."), "wb-quiet")
            with block("form", "tg-check", autocomplete="off") as form:
                with block("label", "tg-field"):
                    text("span", say("Headers"), "wb-label")
                    block("textarea", "wb-input", name="headers", rows="3", spellcheck="false",
                          placeholder=say("Name: value, one per line, or a JSON object"))  # fmt: skip
                with block("label", "tg-field"):
                    text("span", say("Body"), "wb-label")
                    block("textarea", "wb-input", name="body", rows="6", spellcheck="false",
                          placeholder=say(
                              "Exactly as received, byte for byte: the signature depends on it"))  # fmt: skip
                with block("div", "wb-row"):
                    text("button", say("Check it"), "wb-button", type="submit")
            form.on("submit", lambda event: self._check(event.args), js_handler=_PASTED)
            self._verdict = block("div", "tg-problem", role="status")

    async def _check(self, pasted: dict[str, Any]) -> None:
        problem = None
        try:
            headers = headers_in(str(pasted["headers"]))
            raw = str(pasted["body"]).encode("utf-8", "surrogatepass")
            found = await in_thread(self._triggers.verify, self._registration, headers, raw)
        except ConnectorError as error:
            problem = error.problems[0]
        self._verdict.clear()
        with self._verdict:
            if problem is not None:
                show_problem(problem)
            else:
                _show(found)


def headers_in(pasted: str) -> dict[str, str]:
    """The headers that a text lists: a line each, or a JSON object.

    :raises InputError: naming the line that is none.
    """
    hint = "write 'Name: value', one per line"
    if pasted.lstrip().startswith("{"):
        try:
            found = json.loads(pasted)
        except ValueError as error:
            raise InputError.of("json", f"is not valid JSON: {error}", hint, field="headers") from None
        return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
    headers = {}
    for number, line in enumerate(pasted.splitlines(), 1):
        name, colon, value = line.strip().partition(":")
        if colon and name.strip():
            headers[name.strip()] = value.strip()
        elif line.strip() and not (number == 1 and "HTTP/" in line):  # a request as it stands on the wire
            raise InputError.of("header", f"line {number} is not a header", hint, field="headers")
    return headers


def _show(found: Reception) -> None:
    kind = "bad" if found.problem is not None else "warn" if found.refused or found.proof == "none" else "good"
    with block("div", f"wb-note wb-note--{kind}"):
        counts = [
            say("{count} accepted", count=len(found.items)),
            say("{count} refused", count=len(found.refused)),
            say("{filtered} not asked for", filtered=found.filtered),
        ]
        text("strong", say("It would be answered {status}: {counts}.", status=found.status, counts=", ".join(counts)))
        if found.problem is None:
            text("span", say(_PROOF[found.proof]))
        else:
            text("span", sentence(found.problem.message))
            text("span", sentence(found.problem.hint or ""), "wb-note-hint")
    if found.items or found.refused:
        with block("ul", "tg-verdicts"):
            for item in found.items:
                with block("li"):
                    text("span", say("accepted"), "wb-chip wb-chip--good")
                    text("span", item.title)
            for one in found.refused:
                with block("li"):
                    text("span", say("refused"), "wb-chip wb-chip--warn")
                    text("span", one.item.title if one.item is not None else say("Element {index}", index=one.index))
                    text("span", f"{one.problem.message}; {one.problem.hint}", "wb-quiet")
