"""Judge how things stand, by what is known: the templates of gates, made ready, and what they find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..call.questions import Scope, value_of
from ..errors import ConnectorError
from ..language.investigation_records import UNKNOWN, Case, Gate
from ..result import Failure
from ..templates.compiler import Compiler, Template
from .findings import Finding

_HINT = "the service may not answer as described: report it to whoever maintains this investigation"


class CompiledGate:
    """A gate, ready to be judged.

    :param names: what its templates may name.
    :param order: the states from best to worst.
    :raises SpecError: when a template breaks the language.
    """

    def __init__(self, gate: Gate, names: Iterable[str], order: Sequence[str], source: str, place: str) -> None:
        self._gate = gate
        self._order = order
        known = tuple(names)
        used: set[str] = set()

        def made(tree: Any, member: str, *more: str) -> Template:
            compiler = Compiler((*known, *more), (), source)
            template = compiler.template(compiler.value(tree, f"{place}.{member}"), f"{place}.{member}")
            used.update(path[0] for path in compiler.used if path[0] not in more)
            return template

        def maybe(tree: Any, member: str, *more: str) -> Template | None:
            return None if tree is None else made(tree, member, *more)

        own = ["item"] if gate.each is not None else []
        self._when = maybe(gate.when, "when")
        self._each = maybe(gate.each, "each")
        self._where = maybe(gate.where, "where", *own)
        self._let = []
        for name, tree in gate.let.items():
            self._let.append((name, made(tree, f"let.{name}", *own)))
            own.append(name)
        self._title = made(gate.title, "title", *own)
        self._cases = [
            (case, maybe(case.when, f"cases.{index}.when", *own), made(_said(case), f"cases.{index}", *own))
            for index, case in enumerate(gate.cases)
        ]
        self._none = made(_said(gate.none), "none") if gate.none else None
        self._needs = frozenset(used)

    def judge(self, scope: Scope) -> list[Finding]:
        """How it stands: nothing where it does not matter, one finding, or one for each item."""
        failed = next((scope.failed[name] for name in sorted(self._needs) if name in scope.failed), None)
        if failed is None:
            try:
                return self._judged(scope.names)
            except ConnectorError as error:
                failed = Failure("answer", f"an answer is not as expected ({error.problems[0].message})", _HINT)
        title = self._gate.title.partition("{{")[0].strip(" :'\"") or self._gate.title
        return [unknown(title, failed, decides=not self._gate.only_tells)]

    def _judged(self, names: Mapping[str, Any]) -> list[Finding]:
        if self._when is not None and not value_of(self._when, names):
            return []
        if self._each is None:
            return self._one(names)
        each = value_of(self._each, names)
        items = [{**names, "item": item} for item in (each if isinstance(each, list) else [])]
        wanted = [item for item in items if self._where is None or value_of(self._where, item)]
        found = [one for item in wanted for one in self._one(item)]
        return [self._best(found, names)] if self._gate.any else found

    def _one(self, names: Mapping[str, Any]) -> list[Finding]:
        names = dict(names)
        for name, template in self._let:
            names[name] = value_of(template, names)
        for case, when, says in self._cases:
            if when is None or value_of(when, names):
                return [self._finding(case, value_of(says, names), str(value_of(self._title, names)))]
        return []

    def _best(self, found: list[Finding], names: Mapping[str, Any]) -> Finding:
        """One finding of several things of which one suffices: it stands as the best of them does."""
        gate = self._gate
        if found:
            best = min(found, key=lambda one: self._order.index(one.state))
            parts = found if len(found) > 1 else []
            return Finding(best.title, best.state, best.why, best.cure, gate.counted_as, not gate.only_tells, parts)
        if gate.none is None:
            return Finding(gate.title, UNKNOWN, "there is none")
        assert self._none is not None
        return self._finding(gate.none, value_of(self._none, names), gate.none.title or gate.title)

    def _finding(self, case: Case, said: Mapping[str, Any], title: str) -> Finding:
        gate = self._gate
        why, cure = str(said.get("why", "")), said.get("cure")
        return Finding(title, case.state, why, cure, gate.counted_as, not gate.only_tells)


def unknown(title: str, failed: Failure, *, decides: bool = True) -> Finding:
    """What cannot be told because something could not be asked."""
    return Finding(title, UNKNOWN, f"cannot tell: {failed.message}", failed.hint, decides=decides)


def _said(case: Case) -> dict[str, str]:
    return {"why": case.why, **({"cure": case.cure} if case.cure else {})}
