"""The mapping as the file that the command line takes: seen, edited, saved, loaded; and the command that uses it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from ....errors import ConnectorError
from ..markup import block, set_attributes, text
from ..spoken import say
from .column_choices import Choices
from .first_records import show_problems
from .upload import BulkJob

_LARGEST = 1_000_000  # characters of a mapping that is loaded
_LOADED = """(event) => {
  const file = event.target.files[0];
  event.target.value = "";
  if (file && file.size <= LARGEST) file.text().then((read) => emit(read));
}""".replace("LARGEST", str(_LARGEST))


class MappingText:
    """The mapping's file.

    :param changed: called when the mapping is another one.
    :param is_open: it is seen at once.
    """

    def __init__(
        self, job: BulkJob, choices: Choices, changed: Callable[[], Awaitable[None]], *, is_open: bool
    ) -> None:
        self._choices = choices
        self._changed = changed
        with block("details", "bk-details", **({"open": True} if is_open else {})):
            text("summary", say("The mapping as YAML"))
            with block("div", "bk-part"):
                self._area = block(
                    "textarea", "wb-input bk-yaml", aria_label=say("Mapping as YAML"), spellcheck="false",
                    rows=str(min(max(choices.text.count("\n") + 1, 6), 30)), value=choices.text,
                )  # fmt: skip
                self._area.on("change", self._read, js_handler="(event) => emit(event.target.value)")
                self._said = block("div", "bk-part", role="status")
                with block("div", "wb-row"):
                    save = text("button", say("Save the mapping"), "wb-button", type="button")
                    save.on("click", lambda: ui.download.content(choices.text, mapping_name(job), "application/yaml"))
                    with block("label", "wb-button bk-load"):
                        text("span", say("Load a mapping"))
                        given = block(
                            "input", "wb-sr", type="file", accept=".yaml,.yml", aria_label=say("Mapping to load")
                        )
                        given.on("change", self._read, js_handler=_LOADED)

    def show(self) -> None:
        """Show what the mapping is now."""
        self._said.clear()
        set_attributes(self._area, {"value": self._choices.text})

    async def _read(self, event: Any) -> None:
        self._said.clear()
        try:
            self._choices.read(str(event.args))
        except ConnectorError as error:
            with self._said:
                show_problems(error.problems)
            return
        await self._changed()


def mapping_name(job: BulkJob) -> str:
    """What the mapping's file is called."""
    return f"{job.path.name.split('.')[0] or 'rows'}.yaml"


def command_line(program: str, job: BulkJob, choices: Choices | None, *, in_sandbox: bool) -> str:
    """The command that does the same.

    :param program: what people type to call the program.
    :param choices: ``None`` where records say themselves what they are.
    """
    words = ["bulk", job.name]
    if choices is not None:
        ready = choices.ready
        words += ["--from", ready.name] if ready else ["--map", mapping_name(job)]
        if not choices.says_action and choices.action is not None:
            words += ["--as", choices.action]
    for name, value in job.said.items():
        if value:
            words += [f"--{name.replace('_', '-')}", value]
    if in_sandbox:
        words.append("--sandbox")
    return f"{program} {shlex.join(words)}"


def show_command(command: str, needs: str) -> None:
    """Show the command, and a button that copies it.

    :param needs: what it needs beside it, in words.
    """
    with block("div", "bk-command"):
        text("code", command, "wb-code", tabindex="0", aria_label=say("The same as a command"))
        copy = text("button", say("Copy"), "wb-button bk-small", type="button", aria_label=say("Copy the command"))
        copy.on("click", js_handler=f"() => navigator.clipboard.writeText({json.dumps(command)})")
    text("p", needs, "wb-quiet")
