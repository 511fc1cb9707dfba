"""Investigations as one tool: what several reading actions tell together, in one call.

It is one tool for all of them, since what is listed stands in the context of every conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...connector import Connector
from ...errors import InputError, known_names
from ...language.investigation_records import Investigation, read_investigations
from ..host_inputs import as_meant
from ..worker_threads import WorkerThreads
from .offer import Offer
from .tool_schemas import sketched_inputs
from .tools import ToolHints, ToolSpec

if TYPE_CHECKING:
    from ...investigations.findings import Report

INVESTIGATE = "investigate"
_MOST_BRANCHES = 30


class InquiryTools:
    """The tool of a connector's investigations; there is none where an agent may not read, or is kept to some groups.

    :param resolve: gives the connection of a name, or the usual one for ``None``.
    """

    def __init__(
        self, connector: Connector, offer: Offer, resolve: Callable[[str | None], Mapping[str, Any]],
        workers: WorkerThreads,
    ) -> None:  # fmt: skip
        self._connector, self._resolve, self._workers = connector, resolve, workers
        told = read_investigations(connector.specs.root) if "read" in offer.allow and not offer.groups else []
        self._named = {one.name: one for one in told}
        self.tools = {INVESTIGATE: _tool(told)} if told else {}

    async def call(self, arguments: Mapping[str, Any], connection: str | None) -> dict[str, Any]:
        """What an investigation finds.

        :raises ConnectorError: for what cannot be carried out.
        """
        found = as_meant(dict(arguments), self.tools[INVESTIGATE].input_schema)
        name = found.get("name")
        if name not in self._named:
            raise InputError.of("enum", "names no investigation", known_names(str(name), self._named), field="name")
        told = self._named[name]
        inputs = as_meant(dict(found.get("inputs") or {}), sketched_inputs(told.parameters, told.required))
        report = await self._workers.run(lambda _: self._connector.investigate(name, inputs, self._resolve(connection)))
        return _short(report)


def _tool(told: list[Investigation]) -> ToolSpec:
    said = (f"{one.name}: {one.title.rstrip('?')} ({', '.join(one.parameters)})" for one in told)
    return ToolSpec(
        name=INVESTIGATE,
        title="Investigate",
        description=f"What many calls tell, by name (inputs). {'; '.join(said)}.",
        input_schema={
            "type": "object",
            "properties": {
                "name": {"type": "string", "enum": [one.name for one in told]},
                "inputs": {"type": "object"},
            },
            "required": ["name"],
        },
        hints=ToolHints(reads=True, destroys=False, repeats=True),
    )


def _short(found: Report) -> dict[str, Any]:
    """What an agent needs of it: of each entry what does not stand at its best, of many entries those first."""
    whole = found.to_dict()
    best, order = next(iter(found.states)), list(found.states)
    branches = sorted(whole["branches"], key=lambda one: -order.index(one["state"]))
    for branch in branches:
        branch["findings"] = [one for one in branch["findings"] if one["state"] != best]
    left = len(branches) - _MOST_BRANCHES
    more = [f"{left} more entries, none of which stands worse than these"] if left > 0 else []
    return {
        "verdict": whole["verdict"],
        "state": whole["state"],
        "findings": whole["findings"],
        "branches": branches[:_MOST_BRANCHES],
        "not_seen": [*whole["not_seen"], *more],
    }
