"""Common jobs as prompts: what ``agents.prompts`` of ``connector.yaml`` says, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import mcp_types as types

from ...errors import InputError, Problem, did_you_mean
from ...language.connector_records import Prompt
from ..agent_tools.offer import Offer

if TYPE_CHECKING:
    from ...templates.compiler import Template

_NAMED = re.compile(r"`(\w+)`")


class Prompts:
    """The prompts of a connector.

    :param offer: under which names the text's actions are tools.
    """

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._prompts = offer.agents.prompts
        self._compiled = cache(self._compile)

    def all(self) -> list[types.Prompt]:
        """Every prompt with its arguments."""
        return [
            types.Prompt(
                name=name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    types.PromptArgument(
                        name=argument, title=one.title, description=one.description, required=one.required
                    )
                    for argument, one in prompt.arguments.items()
                ],
            )
            for name, prompt in self._prompts.items()
        ]

    def get(self, name: str, given: Mapping[str, str]) -> types.GetPromptResult:
        """One prompt, filled in.

        :param given: its arguments; an empty one counts as absent, since forms send what nobody filled in.
        :raises InputError: for a prompt or an argument that there is not, and an argument that is missing.
        """
        prompt = self._find(name)
        values = {argument: value for argument, value in given.items() if value.strip()}
        problems = [
            Problem("unknown", "there is no such argument", did_you_mean(argument, prompt.arguments), argument)
            for argument in values
            if argument not in prompt.arguments
        ]
        for argument, one in prompt.arguments.items():
            if one.required and argument not in values:
                problems.append(Problem("required", "is required", one.description, argument))
            if one.enum and argument in values and values[argument] not in one.enum:
                problems.append(Problem("enum", f"must be one of {', '.join(one.enum)}", None, argument))
        if problems:
            raise InputError(problems)
        text = str(self._compiled(name).evaluate({"input": values}))
        shown = _NAMED.sub(lambda found: f"`{self._offer.tool_name(found[1])}`", text)
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=shown))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    def values(self, name: str, argument: str) -> tuple[str, ...]:
        """The values that an argument can have; none when any text will do.

        :raises InputError: for a prompt that there is not.
        """
        one = self._find(name).arguments.get(argument)
        return one.enum if one is not None else ()

    def _find(self, name: str) -> Prompt:
        prompt = self._prompts.get(name)
        if prompt is None:
            hint = did_you_mean(name, self._prompts) or f"there is {', '.join(self._prompts) or 'none'}"
            raise InputError.of("unknown", f"there is no prompt '{name[:80]}'", hint, field="name")
        return prompt

    def _compile(self, name: str) -> Template:
        from ...templates.compiler import Compiler

        prompt, place = self._prompts[name], f"agents.prompts.{name}.text"
        optional = [argument for argument, one in prompt.arguments.items() if not one.required]
        compiler = Compiler(("input",), optional, self._offer.specs.connector.path)
        return compiler.template(compiler.text(prompt.text, place), place)
