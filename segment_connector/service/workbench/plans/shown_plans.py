"""The plans that the page of plans can show, and what the events in the sandbox are to one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....call.paging import pages
from ....docs.plan_page import as_objects
from ....docs.schema_rows import Row, rows
from ....docs.schema_words import facts, kind
from ....plans.compare.plan_diff import RuleChange, RuleMeanings, compare
from ....plans.files.event_file import by_event, event_text
from ....plans.make.inferred_plan import infer_plan
from ....plans.make.observed_values import InferOptions
from ....plans.plan import Plan, Rule
from ....plans.review.event_check import EventCheck, check_events
from ....plans.sync.workspace_plans import Workspace, plan_spec

if TYPE_CHECKING:
    from ....language.plan_records import PlanSpec
    from ....result import Result
    from ...backend import Backend

GIVEN = "given"
"""Stands for the plan that the server was started with, where plans have ids."""
MOST_EVENTS = 2_000
"""Events of the sandbox, the newest, that are judged."""
_FAR = 2**62  # a number that no event has, behind which there is nothing but the number of the last


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event of a plan, with all its versions.

    :ivar key: what singles it out on the page.
    :ivar kind: what its rules are for, in words.
    :ivar name: its name for ``EventCheck.names``.
    :ivar properties: how many the newest version has, at its first level.
    :ivar text: what a search looks at, without regard to case.
    """

    key: str
    title: str
    kind: str
    name: str
    rules: tuple[Rule, ...]
    properties: int
    text: str

    @property
    def is_deprecated(self) -> bool:
        """Whether all its versions are deprecated."""
        return all(rule.deprecated for rule in self.rules)

    @property
    def description(self) -> str:
        """What it is for, as the newest version that says so has it."""
        return next((rule.description for rule in reversed(self.rules) if rule.description), "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan drawn from events, beside the one that is shown.

    :ivar changes: how it differs from the one that is shown, ``files`` its files by the event that each is of.
    """

    changes: tuple[RuleChange, ...]
    files: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]


class ShownPlans:
    """The plans of a connection's workspace, and the one of the server.

    :param connection: the connection's name.
    :raises SpecError: when the service has no plans.
    """

    def __init__(self, backend: Backend, connection: str) -> None:
        self._backend, self._connection = backend, connection
        self.spec: PlanSpec = plan_spec(backend.connector.specs)

    def names(self) -> dict[str, str]:
        """The plans by id, with what people call each.

        :raises ConnectorError: when the workspace does not tell.
        """
        given = {GIVEN: "The plan of this server"} if self._backend.connector.plan_step is not None else {}
        listed = self._workspace().listed()
        return {**given, **{str(one.get("id")): str(one.get("name") or one.get("id")) for one in listed}}

    def plan(self, id_: str) -> Plan:
        """The plan of an id, with its rules.

        :raises ConnectorError: when it cannot be had.
        """
        step = self._backend.connector.plan_step
        if id_ == GIVEN and step is not None:
            return step.plan.judge(self._backend.resolve(self._connection)).plan
        return self._workspace().find(id_)

    def events(self, plan: Plan) -> list[ShownEvent]:
        """The events of a plan, those with names first, in the order of names."""
        found = []
        for (type_, key), versions in by_event(plan.rules).items():
            kind_ = self.spec.types[type_]
            title = key or kind_.title
            ordered = tuple(sorted(versions, key=lambda rule: rule.version))
            paths = [row.path for rule in ordered for row in property_rows(rule)]
            said = (title, *(rule.description or "" for rule in ordered), *paths)
            count = sum(row.path.count(".") == 1 for row in property_rows(ordered[-1]))
            found.append(
                ShownEvent(
                    f"{type_} {key}", title, kind_.title, key or self._call_of(type_), ordered, count,
                    "\n".join(said).casefold(),
                )
            )  # fmt: skip
        return sorted(found, key=lambda one: (not one.rules[0].key, one.title.casefold()))

    def judged(self, plan: Plan) -> EventCheck:
        """What the events in the sandbox are to a plan; of many, the newest."""
        return check_events(((number, event, None) for number, event in self._arrived()), plan, self.spec)

    def drawn(self, plan: Plan) -> Drawn:
        """A plan drawn from the events in the sandbox, compared with one."""
        found = infer_plan((event for _, event in self._arrived()), self.spec, None, InferOptions())
        doubts = tuple(f"{name}: {doubt}" for name, all_ in found.doubts.items() for doubt in all_)
        files = ((rules[0].name, event_text(rules, self.spec)) for rules in by_event(found.plan.rules).values())
        return Drawn(tuple(compare(plan, found.plan, RuleMeanings(self.spec))), tuple(files), doubts)

    def _arrived(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The events in the sandbox as plans judge them, each with its number there."""
        sandbox = self._backend.sandbox
        _, last = sandbox.wait(_FAR, 0)
        events, _ = sandbox.wait(max(last - MOST_EVENTS, 0), 0, MOST_EVENTS)
        for event in events:
            call = self.spec.calls.get(event["action"])
            if call is not None and isinstance(event["body"], dict):
                yield event["number"], {**call.adds, **event["body"]}

    def _call_of(self, type_: str) -> str:
        """The name under which events without names of their own are counted."""
        for name, call in self.spec.calls.items():
            if any(choice.type == type_ for choice in call.rules):
                return name
        return ""

    def _workspace(self) -> Workspace:
        specs = self._backend.connector.specs

        def run(action: str, inputs: Mapping[str, Any]) -> Result:
            return self._backend.run(action, inputs, self._connection)

        def iterate(action: str, inputs: Mapping[str, Any]) -> Iterator[Any]:
            for page in pages(specs.action(action), inputs, lambda values: run(action, values)):
                yield from page.items

        return Workspace(specs, run, iterate)


def property_rows(rule: Rule) -> list[Row]:
    """The properties of a rule, with what is below them; objects of the call that say nothing are left out."""
    schema = as_objects(rule.schema)
    listed = rows(schema.get("properties", {}), schema.get("required", ()))
    return [row for row in listed if "." in row.path or row.required]


def words_of(row: Row) -> tuple[str, str]:
    """The type of a property in words, and what else is said of it."""
    said = row.schema.get("description")
    pattern = row.schema.get("pattern")
    more = [said] if isinstance(said, str) and said else []
    more += facts(row.schema)
    more += [f"pattern {pattern}"] if isinstance(pattern, str) else []
    return kind(row.schema), "; ".join(more)
