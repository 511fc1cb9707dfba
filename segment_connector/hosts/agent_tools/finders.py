"""Three tools that stand for all the others: find an action, describe it, run it.

Hundreds of tools at once would drown a model; with these it reads only what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...language.action_records import Action, Summary
from ..host_inputs import as_meant
from .finder_tools import USUAL, tools_of
from .offer import Offer
from .tool_schemas import FIELDS, MAX_ITEMS, SKIP, input_schema, output_schema
from .tools import authorisation, description, repeats_safely

if TYPE_CHECKING:
    from ...schema.validator import Validator

_MOST_PRESETS = 5


class Finders:
    """The three tools.

    :param offer: what may be found and called.
    """

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self.tools = tools_of(offer)
        self._judge = cache(self._judge_of)

    def checked(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of one of the tools, as its schema means them.

        :raises InputError: naming each that is wrong.
        """
        found: dict[str, Any] = as_meant(dict(arguments), self.tools[tool].input_schema)
        problems = self._judge(tool).problems(found)
        if problems:
            raise InputError(problems)
        return found

    def _judge_of(self, tool: str) -> Validator:
        from ...schema.validator import Validator

        # What is advertised is open, as some vendors' converters want it; a name that there is not is refused.
        return Validator({**self.tools[tool].input_schema, "additionalProperties": False}, noun="argument")

    def find(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The actions that match best."""
        found = self.offer.ranking.find(arguments.get("query", ""), lambda one: _fits(one, arguments))
        offered = [one for one in found if self.offer.permits(one)]
        others = [one.name for one in found if not self.offer.permits(one)]
        return {
            "actions": [
                {"name": one.name, "title": one.title, "summary": one.summary, "effect": one.effect, "group": one.group}
                for one in offered[: arguments.get("limit", USUAL)]
            ],
            "total": len(offered),
            "not_offered": others[:USUAL],
            **self._presets(arguments),
        }

    def _presets(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Known events that fit a question, as far as the action that sends them is offered."""
        if not arguments.get("query", "").strip():
            return {}
        senders = {one.name for one in self.offer.ranking.entries if self.offer.permits(one) and _fits(one, arguments)}
        found = self.offer.preset_ranking.find(arguments["query"], lambda one: one.action in senders)
        listed = [
            {"name": one.name, "title": one.title, "summary": one.summary, "preset_of": one.action}
            for one in found[:_MOST_PRESETS]
        ]
        return {"presets": listed} if listed else {}

    def describe(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """One action in full.

        :raises InputError, UnknownActionError: when there is none of the name that is offered.
        """
        action = self.offer.action(arguments["action"])
        spec = self.offer.specs.connector
        return {
            "name": action.name,
            "title": action.title,
            "description": description(spec, action),
            "group": action.group,
            "effect": action.effect,
            "authorisation": authorisation(spec, action),
            "idempotent": repeats_safely(action),
            "confirm": action.confirm,
            "input_schema": input_schema(action, whole=True),
            "output_schema": output_schema(action, whole=True),
            **({"example": dict(action.examples[0].input)} if action.examples else {}),
        }

    def to_run(self, arguments: Mapping[str, Any]) -> tuple[Action, dict[str, Any]]:
        """The action that ``run_action`` names, with its inputs.

        :raises InputError, UnknownActionError: when there is none of the name that is offered.
        """
        action = self.offer.action(arguments["action"])
        own = {name: arguments[name] for name in (MAX_ITEMS, SKIP, FIELDS) if name in arguments}
        return action, {**arguments.get("inputs", {}), **own}


def _fits(one: Summary, arguments: Mapping[str, Any]) -> bool:
    return all(arguments.get(member, getattr(one, member)) == getattr(one, member) for member in ("group", "effect"))
