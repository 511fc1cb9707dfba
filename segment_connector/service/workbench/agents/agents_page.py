"""How an agent gets the actions as tools: the lines for its configuration, ready to be copied."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from nicegui import ui

from ....hosts.agent_tools.client_configuration import blank_environment, client_configuration
from ..frame import chosen, heading, panel
from ..markup import Select, block, copy_button, text
from ..spoken import say, to_say

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ...backend import Backend

_MAY = {
    "read": to_say("Read"),
    "read,write": to_say("Read and write"),
    "read,write,delete": to_say("Read, write and delete"),
}


def page(backend: Backend) -> None:
    """The page."""
    title = backend.connector.spec.title
    heading(
        say("Agents"),
        say(
            "Give Claude, Cursor, VS Code or another agent the tools of {title}, by the Model Context Protocol.",
            title=title,
        ),
    )
    _Agents(backend).draw()


class _Agents:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._spec = backend.connector.spec
        self._chosen = chosen()
        self._may = "read"

    def draw(self) -> None:
        with block("label", "wb-label wb-row"):
            text("span", say("The agent may"))
            Select({name: say(one) for name, one in _MAY.items()}, self._may, on_change=self._choose)
        with block("div", "wb-split"):
            with panel(say("On this machine")):
                text(
                    "p", say("The agent starts the program and talks to it. Add this to its configuration:"), "wb-quiet"
                )
                self._configuration = _code(say("Configuration"))
                text("p", say("Claude Code takes it as one command:"), "wb-quiet")
                self._command = _code(say("Command of Claude Code"))
            with panel(say("Through this service")):
                text("p", say("An agent that talks HTTP uses this address, with the token of the service:"), "wb-quiet")
                self._address = _code(say("Address"))
                text("p", say("What it may do there is said when the service is started."), "wb-quiet")
        self._chosen.on_change(self._show)
        self._show()

    def _choose(self, may: str) -> None:
        self._may = may
        self._show()

    def _show(self) -> None:
        command, *arguments = shlex.split(self._backend.connector.specs.command)
        arguments += ["mcp", "--allow", self._may]
        environment = {} if self._chosen.is_sandbox else blank_environment(self._spec)
        if self._chosen.is_sandbox:
            arguments.append("--sandbox")
        words = [command, *arguments]
        name = self._spec.name
        self._configuration.set_text(json.dumps(client_configuration(self._spec, words, environment), indent=2))
        given = "".join(f" --env {key}={value}" for key, value in environment.items())
        self._command.set_text(f"claude mcp add {name}{given} -- {shlex.join(words)}")
        base = str(ui.context.client.request.base_url)
        headers = {"Authorization": "Bearer TOKEN"}
        url = f"{base}mcp?connection={self._chosen.name}"
        self._address.set_text(json.dumps({"mcpServers": {name: {"url": url, "headers": headers}}}, indent=2))


def _code(label: str) -> TextElement:
    with block("div", "wb-copyable"):
        copy_button(label.lower())
        return text("pre", "", "wb-code wb-code--wrap", tabindex="0", role="region", aria_label=label, data_copy="")
