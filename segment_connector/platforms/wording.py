"""Say in a platform's words what the connector says in its own: names of parameters in problems and descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ..errors import Problem
from ..result import Result


class Words:
    """Names of one listed action.

    :param names: the listed name by the place that the action has for it (``userId`` -> ``user_id``, dotted for
        members).
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {own: listed for own, listed in names.items() if own != listed}
        # A plain word such as 'event' is only meant as a name where it is quoted.
        found = [
            rf"\b{re.escape(own)}\b" if re.search(r"[a-z][A-Z]|_", own) else rf"(?<='){re.escape(own)}(?=')"
            for own in self._names
            if "." not in own
        ]
        self._pattern = re.compile("|".join(found)) if found else None

    def text(self, text: str) -> str:
        """A message, hint or description with the listed names in it."""
        return self._pattern.sub(lambda match: self._names[match[0]], text) if self._pattern else text

    def place(self, field: str | None) -> str | None:
        """A dotted place in the action's inputs as the platform's user knows it."""
        parts = (field or "").split(".")
        for length in range(len(parts), 0, -1):
            listed = self._names.get(".".join(parts[:length]))
            if listed is not None:
                return ".".join([listed, *parts[length:]])
        return field

    def problem(self, problem: Problem) -> Problem:
        """A problem in the platform's words."""
        return replace(
            problem,
            message=self.text(problem.message),
            hint=problem.hint and self.text(problem.hint),
            field=self.place(problem.field),
        )

    def result(self, result: Result) -> Result:
        """A result whose error and warnings are in the platform's words."""
        if not self._names:
            return result
        error = result.error and replace(
            result.error,
            message=self.text(result.error.message),
            hint=result.error.hint and self.text(result.error.hint),
            field=self.place(result.error.field),
        )
        warnings = [
            replace(one, message=self.text(one.message), hint=self.text(one.hint), field=self.place(one.field) or "")
            for one in result.meta.warnings
        ]
        return replace(result, error=error, meta=replace(result.meta, warnings=warnings))
