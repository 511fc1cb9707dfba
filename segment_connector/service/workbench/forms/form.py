"""The form of an action or a trigger, drawn from its spec: fields, advanced ones folded, rules that go across."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from nicegui import ui

from ....call.dropdown import Option, Options
from ....errors import ConnectorError, Problem
from ....language.action_records import Rule
from ....markup.markdown import sentence
from ..markup import block, icon, text
from ..spoken import say
from ..work import in_thread
from . import form_values as values
from .field_widgets import Field
from .form_values import NOT_GIVEN, UnreadableError
from .option_picker import OptionPicker
from .part_fields import make_field

_T = TypeVar("_T")

ReadOptions = Callable[[str, str | None, Any], Options]
"""Gives a part of a dropdown: takes the place of the parameter, what is searched for, and the cursor of the part."""

# What an empty form lacks is told beside the request; at the fields it would greet a person with errors.
_OF_AN_EMPTY_FORM = ("required", "rule")


class Asks(Protocol):
    """What has a form: an action, a trigger, or whatever else has parameters."""

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """JSON Schemas by name."""

    @property
    def required(self) -> Sequence[str]:
        """The names of those that must be given."""

    @property
    def rules(self) -> Sequence[Rule]:
        """What must hold across them."""


class _RuleLine:
    """A rule across several fields, said once: before the first of them. When it is broken it says how to fix that."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        with block("div", "wb-rule") as self.element:
            icon("rule")
            with block("div"):
                text("span", sentence(rule.message))
                self._cure = text("span", f" {sentence(rule.hint)}")
        self._cure.set_visibility(False)

    def show(self, *, broken: bool) -> None:
        self.element.classes(replace="wb-rule wb-rule--open" if broken else "wb-rule")
        self._cure.set_visibility(broken)


class Form:
    """The form of one action, or of something else.

    :param asks: what it asks for.
    :param changed: called when a person changed something.
    :param read_options: reads the dropdowns; called in a thread.
    """

    def __init__(self, asks: Asks, changed: Callable[[], Any], read_options: ReadOptions) -> None:
        self._asks = asks
        self._read_options = read_options
        self._changed = changed
        self.fields: dict[str, Field] = {}
        self._rules: list[_RuleLine] = []
        self._advanced: ui.element | None = None
        parameters = asks.parameters
        with block("form", "wb-form", autocomplete="off", novalidate=True) as self.element:
            # Enter in a field would load the page anew.
            self.element.on("submit.prevent", js_handler="() => {}")
            for rule in asks.rules:  # one that is about no field of its own is said at the top
                if rule.field not in parameters:
                    self._draw_rule(rule)
            self._draw({name: one for name, one in parameters.items() if not one.get("advanced")})
            folded = {name: one for name, one in parameters.items() if one.get("advanced")}
            if folded:
                self._advanced = block("details", "wb-advanced")
                with self._advanced:
                    text("summary", say("Advanced ({count})", count=len(folded)))
                    with block("div", "wb-form"):
                        self._draw(folded)
            if not parameters:
                text("p", say("It takes no parameters."), "wb-quiet")

    def read(self) -> tuple[dict[str, Any], list[Problem]]:
        """The inputs as they are filled in, and what was typed that stands for no value."""
        inputs: dict[str, Any] = {}
        problems = []
        for name, field in self.fields.items():
            try:
                if (value := field.read()) is not NOT_GIVEN:
                    inputs[name] = value
            except UnreadableError as error:  # noqa: PERF203 - each field has its own
                problems.append(Problem("json", str(error), None, field=name))
        return inputs, problems

    async def plan(self, plan: Callable[[dict[str, Any]], _T]) -> tuple[dict[str, Any], _T | None, list[Problem]]:
        """Read the inputs, and plan as much of them as can be read.

        :param plan: gives what inputs make, such as a request, or raises ``ConnectorError``; called in a thread.
        :returns: the inputs, what they make or ``None``, and what is wrong in the order of the fields.
        """
        inputs, problems = self.read()
        unreadable = {problem.field for problem in problems}
        made: _T | None = None
        try:
            made = await in_thread(plan, inputs)
        except ConnectorError as error:  # what cannot be read is not said to be lacking as well
            problems += [one for one in error.problems if (one.field or "").partition(".")[0] not in unreadable]
        return inputs, None if problems else made, sorted(problems, key=self._order)

    def _order(self, problem: Problem) -> int:
        places = [field.place for top in self.fields.values() for field in top.members()]
        place = problem.field or ""
        known = next((one for one in (place, place.partition(".")[0]) if one in places), None)
        return len(places) if known is None else places.index(known)

    def fill(self, inputs: Mapping[str, Any]) -> Any:
        """Put these inputs in place of all that is filled in."""
        for name, field in self.fields.items():
            field.write(inputs.get(name, NOT_GIVEN))
            field.touched = False
        if self._advanced is not None and any(self._asks.parameters[name].get("advanced") for name in inputs):
            self._unfold()
        return self._changed()

    def show(self, problems: Sequence[Problem], *, everything: bool) -> None:
        """Say at each field what is wrong with it.

        :param everything: also what only is not filled in yet.
        """
        said: dict[str, list[Problem]] = {name: [] for name in self.fields}
        lines = {(line.rule.field, line.rule.message) for line in self._rules}
        broken: set[tuple[str, str]] = set()
        for problem in problems:
            name = (problem.field or "").partition(".")[0]
            whole = problem.field == name
            if name not in said:
                continue
            if whole and problem.code in _OF_AN_EMPTY_FORM and not (everything or self.fields[name].touched):
                continue
            if problem.code == "rule" and (name, problem.message) in lines:  # said once, by the line above the field
                broken.add((name, problem.message))
            else:
                said[name].append(problem)
        wrong = {name for name, _ in broken}
        for name, field in self.fields.items():
            field.show(said[name], wrong=name in wrong)
        if self._advanced is not None and any(
            said[name] or name in wrong for name in self.fields if self._asks.parameters[name].get("advanced")
        ):
            self._unfold()
        for line in self._rules:
            line.show(broken=(line.rule.field, line.rule.message) in broken)

    def title_of(self, place: str) -> str:
        """What a person knows a field by."""
        name, _, below = place.partition(".")
        field = self.fields.get(name)
        return place if field is None else f"{field.title}{f' > {below}' if below else ''}"

    def anchor_of(self, place: str) -> str | None:
        """The id of the field's element, for a link to it."""
        field = self.fields.get(place.partition(".")[0])
        return field.element.html_id if field else None

    def _draw(self, parameters: Mapping[str, Mapping[str, Any]]) -> None:
        for name, schema in parameters.items():
            lines = [self._draw_rule(rule) for rule in self._asks.rules if rule.field == name]
            made = make_field(name, schema, self._changed, required=name in self._asks.required)
            self.fields[name] = made
            for line in lines:
                made.describe_by(line.element)
            for field in made.members():
                if field.side is not None and values.has_dropdown(field.schema):
                    with field.side:
                        OptionPicker(field.title, self._reader(field.place), self._picker(field))

    def _reader(self, place: str) -> Callable[[str | None, Any], Options]:
        return lambda search, cursor: self._read_options(place, search, cursor)

    def _picker(self, field: Field) -> Callable[[Option], Any]:
        return lambda option: field.pick(option.value)

    def _draw_rule(self, rule: Rule) -> _RuleLine:
        line = _RuleLine(rule)
        self._rules.append(line)
        return line

    def _unfold(self) -> None:
        assert self._advanced is not None
        self._advanced.props["open"] = True
        self._advanced.update()
