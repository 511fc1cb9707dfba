"""Run steps one after the other: each is a call of an action whose inputs may name what earlier ones gave.

Templates of a step see the names that the caller gives, ``steps`` (what each named step gave: its outputs, or the entry
it picked), ``kept`` (what steps have kept so far) and, in ``pick``, ``item``; in ``keep``, ``result``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..language.step_records import Step
from ..result import CallFailed, Failure, Meta, Result
from ..templates.compiler import Compiler, Template, left_out

RunAction = Callable[[str, Mapping[str, Any]], Result]
"""Calls an action with inputs."""
WalkAction = Callable[[str, Mapping[str, Any]], Iterator[Any]]
"""Gives the entries of an action's list, page after page."""
OnKeep = Callable[[dict[str, Any]], None]

_OWN_NAMES = ("steps", "kept")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A step whose templates are compiled; ``None`` where it has none."""

    step: Step
    action: Template
    input: Template
    when: Template | None
    pick: Template | None
    keep: Template | None


class Steps:
    """Steps made ready to be run.

    :param steps: as a file has them, in their order.
    :param names: the names that their templates may use besides ``steps``, ``kept``, ``item`` and ``result``.
    :param optional: inputs that may be absent.
    :param path: the file, and ``place`` where in it they stand, for errors.
    :raises SpecError: when a template breaks the language.
    """

    def __init__(
        self, steps: Sequence[Step], names: Collection[str], optional: Collection[str], path: str, place: str
    ) -> None:
        def ready(tree: Any, below: str, *more: str) -> Template:
            compiler = Compiler((*names, *_OWN_NAMES, *more), optional, path)
            return compiler.template(compiler.value(tree, below), below)

        def maybe(tree: Any, below: str, *more: str) -> Template | None:
            return None if tree is None else ready(tree, below, *more)

        self._ready = [
            _Ready(
                step,
                action=ready(step.action, f"{place}.{index}.action"),
                input=ready(step.input, f"{place}.{index}.input"),
                when=maybe(step.when, f"{place}.{index}.when"),
                pick=maybe(step.pick, f"{place}.{index}.pick", "item"),
                keep=maybe(step.keep or None, f"{place}.{index}.keep", "result"),
            )
            for index, step in enumerate(steps)
        ]

    def run(
        self,
        names: Mapping[str, Any],
        run: RunAction,
        walk: WalkAction,
        kept: Mapping[str, Any] | None = None,
        on_keep: OnKeep | None = None,
    ) -> dict[str, Any]:
        """Run them.

        :param names: values of the names.
        :param kept: what earlier runs have kept.
        :param on_keep: told of all that is kept, each time that a step has added to it: what is written down then
            can be undone even if this process dies in the next step.
        :returns: what is kept at the end.
        :raises CallFailed: when a call fails with a code that its step does not ignore, or finds nothing where it
            has to. Steps before it have been run.
        """
        kept = dict(kept or {})
        given: dict[str, Any] = {}
        for one in self._ready:
            seen = {**names, "steps": given, "kept": kept}
            outcome = _outcome(one, seen, run, walk) if one.when is None or _holds(one.when, seen) else None
            if one.step.as_ is not None:
                given[one.step.as_] = outcome
            if one.keep is not None and outcome is not None:
                kept.update(one.keep.evaluate({**seen, "result": outcome}))
                if on_keep is not None:
                    on_keep(dict(kept))
        return kept


def _outcome(one: _Ready, seen: Mapping[str, Any], run: RunAction, walk: WalkAction) -> Any:
    action, inputs = str(one.action.evaluate(seen)), one.input.evaluate(seen)
    try:
        if one.pick is None:
            return run(action, inputs).unwrap()
        for item in walk(action, inputs):
            if _holds(one.pick, {**seen, "item": item}):
                return item
    except CallFailed as failed:
        if failed.code in one.step.ignore:
            return None
        raise
    if one.step.none is not None:
        raise CallFailed(
            Result(False, action, {}, Failure("none_found", one.step.none.message, one.step.none.hint), Meta())
        )
    return None


def _holds(template: Template, seen: Mapping[str, Any]) -> bool:
    value = template.evaluate(seen)
    return not left_out(value) and bool(value)
