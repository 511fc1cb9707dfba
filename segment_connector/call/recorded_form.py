"""Inputs as the service and its libraries write a call down, turned into the parameters of the action.

An archive, the queue of a library or what one posts holds the parameters under their own names, and beside them what is
set on the way. The keyword ``recorded`` of an action says what that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Problem
from ..language.action_records import Action
from ..result import Warn


@dataclass(slots=True)
class Plain:
    """Inputs with nothing in them but parameters, as far as the recorded form explains the rest.

    :ivar values: the inputs; they are those that were given where nothing had to be changed.
    :ivar left_out: the members that were dropped, in their order.
    :ivar taken_from: the member that gave a parameter its value, by the parameter's name.
    :ivar problem: that they are those of another action.
    """

    values: dict[str, Any]
    left_out: list[str] = field(default_factory=list)
    taken_from: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    def in_own_words(self, problems: list[Problem]) -> list[Problem]:
        """Problems of the values, at the names that were given."""
        if self.problem is not None:
            problems = [self.problem, *problems]
        return [replace(problem, field=self.taken_from.get(problem.field or "", problem.field)) for problem in problems]


class RecordedForm:
    """Turns recorded inputs of one action into plain ones.

    :param action: the action; without the keyword every input stays as it is.
    """

    def __init__(self, action: Action) -> None:
        recorded = self._recorded = action.recorded
        self._action = action
        self._known: frozenset[str] = frozenset()
        self._optional: frozenset[str] = frozenset()
        if recorded is not None:
            self._known = frozenset(recorded.ignored) - action.parameters.keys()
            if recorded.null_is_absent:
                self._optional = frozenset(action.parameters) - frozenset(action.required)

    def plain(self, values: dict[str, Any], *, listed: bool = False) -> Plain:
        """The inputs as parameters; what was given is not changed.

        :param listed: they are an entry of a list of calls, where the member that names the action stays.
        """
        recorded = self._recorded
        if recorded is None or not isinstance(values, dict):  # what is not an object is refused as that
            return Plain(values)
        optional, known, by = self._optional, self._known, None if listed else recorded.named_by
        kept = {
            name: value
            for name, value in values.items()
            if name not in known and not (value is None and name in optional) and name != by
        }
        found = Plain(kept)
        if by is not None and by in values and values[by] != self._action.name:
            found.problem = self._of_another(by, values[by])
        if len(kept) == len(values):
            found.values = values
            return found
        for parameter, members in recorded.fallbacks.items():
            if parameter not in kept:
                source = next((name for name in members if values.get(name) is not None), None)
                if source is not None:
                    kept[parameter] = values[source]
                    found.taken_from[parameter] = source
        used = found.taken_from.values()
        found.left_out = [name for name in values if name in known and name not in used]
        return found

    def lacks(self, values: Mapping[str, Any], name: str) -> bool:
        """Whether a parameter is not given, by its absence or by null where that means the same."""
        return name not in values or (values[name] is None and name in self._optional)

    def shared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of the members that are left out those that each entry of a list of calls is given."""
        names = self._recorded.to_entries if self._recorded is not None else ()
        return {name: values[name] for name in names if isinstance(values, dict) and values.get(name) is not None}

    def complete(self, entry: dict[str, Any], beside: Mapping[str, Any]) -> None:
        """Give an entry what only the envelope around it tells; changes it.

        :param beside: what ``shared`` of the list's action gave.
        """
        for parameter, members in self._recorded.fallbacks.items() if beside and self._recorded else ():
            if all(entry.get(name) is None for name in (parameter, *members)):
                source = next((name for name in members if name in beside), None)
                if source is not None:
                    entry[parameter] = beside[source]

    def warning(self, left_out: list[str]) -> Warn:
        """That members were left out; at least one."""
        assert self._recorded is not None
        first, *others = left_out
        more = f"; so {'is' if len(others) == 1 else 'are'} {' and '.join(_joined(others))}" if others else ""
        return Warn(f"{self._recorded.warn}{more}", self._recorded.hint, first)

    def _of_another(self, by: str, name: Any) -> Problem:
        shown = f"'{name}'" if isinstance(name, str) and len(name) <= 40 else "something else"
        hint = f"call the action it names, or leave '{by}' out"
        return Problem("const", f"names {shown}, and this is '{self._action.name}'", hint, field=by)


def _joined(names: list[str]) -> list[str]:
    return [", ".join(names[:-1]), names[-1]] if len(names) > 1 else names
