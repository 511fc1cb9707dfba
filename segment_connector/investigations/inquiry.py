"""Carry out an investigation: ask, judge, and put together what was found."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from ..call.questions import NONE_FOUND, CompiledQuestion, Scope, ask_at_once, compiled_questions, value_of
from ..call.steps import RunAction
from ..clock import Clock
from ..errors import InputError, SpecError, UnknownActionError, known_names
from ..language.action_records import Action
from ..language.investigation_records import Branches, Investigation, Saying
from ..language.question_records import Question
from ..result import CallFailed, Failure, Meta, Result
from ..schema.validator import Validator
from ..templates.compiler import Compiler, Template
from .findings import Branch, Finding, Report
from .gates import CompiledGate, unknown

_NAMES = ("input", "connection", "now")
_FOUND = ("state", "counts", "total", "findings")
_WORKERS = 8


class Inquiry:
    """An investigation made ready; it may be carried out many times.

    :param spec: the investigation.
    :param find: gives the spec of an action.
    :raises SpecError: when a template breaks the language, or an action does more than read.
    :ivar names: what its own questions are called, and what it is asked about.
    """

    def __init__(self, spec: Investigation, find: Callable[[str], Action]) -> None:
        self.spec = spec
        self._find = find
        self._order = list(spec.states)
        self._validator = Validator(spec.input_schema, path=spec.path)
        self._ask = self._questions(spec.ask, _NAMES, "ask")
        self.names = names = (*_NAMES, *(question.as_ for question in spec.ask))
        self._gates = self._compiled_gates(spec.gates, names, "gates")
        self._branches = [
            _CompiledBranches(self, one, names, f"branches.{index}") for index, one in enumerate(spec.branches)
        ]
        self._verdict = self._sayings(spec.verdict, (*names, *_FOUND), "verdict")
        self._not_seen = self._sayings(spec.not_seen, (*names, *_FOUND), "not_seen")

    def carry_out(
        self,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        run: RunAction,
        clock: Clock,
        *,
        most_requests: int | None = None,
    ) -> Report:
        """Ask, and judge what was answered; the exceptions are those of ``explore``.

        :param run: calls an action.
        :param most_requests: at most so many calls, by default what the investigation says; what is not asked then is
            told to be unknown.
        """
        with ThreadPoolExecutor(_WORKERS) as pool:
            return self.explore(inputs, connection, run, clock, pool=pool, most_requests=most_requests)[1]

    def explore(
        self,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        run: RunAction,
        clock: Clock,
        *,
        pool: Executor,
        most_requests: int | None = None,
    ) -> tuple[Mapping[str, Any], Report]:
        """The same, with all that is known by ``names``.

        :param pool: makes the calls.
        :raises InputError: for inputs that are wrong, or that lead to nothing.
        :raises CallFailed: when what everything else needs cannot be asked.
        """
        given = {name: schema.get("default") for name, schema in self.spec.parameters.items()}
        if problems := self._validator.problems(dict(inputs)):
            raise InputError(problems)
        given.update({name: value for name, value in inputs.items() if value is not None})
        begun = clock.monotonic()
        calls = _Calls(run, most_requests or self.spec.most_requests)
        scope = Scope({"input": given, "connection": connection, "now": clock.timestamp()})
        ask_at_once([(self._ask, scope)], calls, self._find, pool)
        self._check_needed(scope)
        opened = [(one, one.scopes(scope)) for one in self._branches]
        jobs = [(one.ask, inner) for one, scopes in opened if isinstance(scopes, list) for inner in scopes]
        ask_at_once(jobs, calls, self._find, pool)
        findings = [found for gate in self._gates for found in gate.judge(scope)]
        branches: list[Branch] = []
        for one, scopes in opened:
            if isinstance(scopes, Finding):
                findings.append(scopes)
            else:
                branches += [one.found(inner) for inner in scopes]
        return scope.names, self._report(scope, findings, branches, calls.made, clock.monotonic() - begun)

    def settle(
        self,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        run: RunAction,
        clock: Clock,
        *,
        most_requests: int | None = None,
        wait: float | None = None,
        on_wait: Callable[[float, Report], None] | None = None,
    ) -> Report:
        """Carry it out again and again until it is settled, as ``wait`` of its file says, for so many seconds.

        :param wait: seconds; without, it is carried out once. The others and the exceptions are those of ``carry_out``.
        """
        found = self.carry_out(inputs, connection, run, clock, most_requests=most_requests)
        told, left = self.spec.wait, wait or 0.0
        while told is not None and found.state not in told.until and left > 0:
            pause = min(told.every, left)
            if on_wait is not None:
                on_wait(pause, found)
            clock.sleep(pause)
            left -= pause
            found = self.carry_out(inputs, connection, run, clock, most_requests=most_requests)
        return found

    def confirming(self, action: str, inputs: Mapping[str, Any], begun: str) -> dict[str, Any]:
        """The inputs by which it looks for what a call did.

        :param inputs: those of the call, with what was generated for it.
        :param begun: the instant before the call.
        """
        told = self.spec.confirms
        assert told is not None
        compiler = Compiler(("action", "input", "begun"), (), self.spec.path)
        template = compiler.template(compiler.value(dict(told.input), "confirms.input"), "confirms.input")
        found: dict[str, Any] = value_of(template, {"action": action, "input": inputs, "begun": begun})
        return found

    def _check_needed(self, scope: Scope) -> None:
        for told, question in zip(self.spec.ask, self._ask, strict=True):
            failed = scope.failed.get(question.name) if question.needed else None
            if failed is None:
                continue
            own = told.action is None and not question.needs & scope.failed.keys()
            if own or failed.code == NONE_FOUND:
                # What is made of an input is named as the input is.
                field = question.name if question.name in self.spec.parameters else None
                raise InputError.of(failed.code, failed.message, failed.hint, field)
            raise CallFailed(Result(False, self.spec.name, {}, failed, Meta(status=failed.status)))

    def worst(self, findings: Sequence[Finding]) -> str:
        """The worst state of several findings; the best there is when there are none."""
        return max((one.state for one in findings if one.decides), key=self._order.index, default=self._order[0])

    def _report(
        self, scope: Scope, findings: list[Finding], branches: list[Branch], requests: int, seconds: float
    ) -> Report:
        state = self.worst(findings)
        counts = dict.fromkeys(self._order, 0) | Counter(branch.state for branch in branches)
        held = {one.title: one.state for one in findings}
        names = {**scope.names, "state": state, "counts": counts, "total": len(branches), "findings": held}
        for failed in scope.failed:
            names.setdefault(failed, None)
        return Report(
            investigation=self.spec.name,
            title=self.spec.title,
            state=state,
            verdict=next(iter(_said(self._verdict, names)), self.spec.states[state].title),
            findings=findings,
            branches=branches,
            not_seen=list(_said(self._not_seen, names)),
            requests=requests,
            seconds=seconds,
            states={name: one.mark for name, one in self.spec.states.items()},
        )

    def _questions(self, told: Sequence[Question], names: Sequence[str], place: str) -> list[CompiledQuestion]:
        made = compiled_questions(told, names, (), self.spec.path, place)
        for index, (question, compiled) in enumerate(zip(told, made, strict=True)):
            if question.action is not None:
                self._check_action(question, compiled, f"{place}.{index}")
        return made

    def _check_action(self, question: Question, compiled: CompiledQuestion, place: str) -> None:
        name, path = question.action or "", self.spec.path
        try:
            action = self._find(name)
        except UnknownActionError as error:
            problem = error.problems[0]
            hint = problem.hint or "name one"
            raise SpecError.at(path, problem.code, problem.message, hint, field=f"{place}.action") from None
        if action.effect != "read":
            hint = "an investigation changes nothing: ask an action whose effect is read"
            raise SpecError.at(path, "effect", f"'{name}' does more than read", hint, field=f"{place}.action")
        for kind, member, used, known in (
            ("parameter", "input", question.input, action.parameters),
            ("output", "give", compiled.outputs, action.outputs),
        ):
            for one in sorted(set(used) - known.keys()):
                message = f"'{name}' has no {kind} '{one}'"
                raise SpecError.at(path, "unknown_name", message, known_names(one, known), field=f"{place}.{member}")

    def _compiled_gates(self, told: Sequence[Any], names: Sequence[str], place: str) -> list[CompiledGate]:
        for index, gate in enumerate(told):
            for case in (*gate.cases, *([gate.none] if gate.none else [])):
                if case.state not in self.spec.states:
                    hint = f"there is {', '.join(self.spec.states)}"
                    raise SpecError.at(
                        self.spec.path, "state", f"'{case.state}' is not a state", hint, field=f"{place}.{index}"
                    )
        return [
            CompiledGate(gate, names, self._order, self.spec.path, f"{place}.{index}")
            for index, gate in enumerate(told)
        ]

    def _sayings(self, told: Sequence[Saying], names: Sequence[str], place: str) -> list[tuple[Template, Template]]:
        def template(tree: Any, below: str) -> Template:
            compiler = Compiler(names, (), self.spec.path)
            return compiler.template(compiler.value(tree, below), below)

        return [
            (template(True if one.when is None else one.when, f"{place}.{index}.when"),
             template(one.says, f"{place}.{index}.says"))
            for index, one in enumerate(told)
        ]  # fmt: skip


class _CompiledBranches:
    """What is gone through for each entry of a list, made ready."""

    def __init__(self, inquiry: Inquiry, told: Branches, names: Sequence[str], place: str) -> None:
        spec = inquiry.spec
        self._inquiry, self._told = inquiry, told
        inner = (*names, told.as_)

        def template(tree: Any, member: str, known: Sequence[str]) -> tuple[Template, set[str]]:
            compiler = Compiler(known, (), spec.path)
            made = compiler.template(compiler.value(tree, f"{place}.{member}"), f"{place}.{member}")
            return made, {path[0] for path in compiler.used}

        self._each, used = template(told.each, "each", names)
        self._where = template(told.where, "where", inner)[0] if told.where is not None else None
        self._name = template([told.name, told.id], "name", inner)[0]
        self._needs = used
        self.ask = inquiry._questions(told.ask, inner, f"{place}.ask")  # noqa: SLF001 - a part of it
        known = (*inner, *(question.as_ for question in told.ask))
        self._gates = inquiry._compiled_gates(told.gates, known, f"{place}.gates")  # noqa: SLF001

    def scopes(self, scope: Scope) -> list[Scope] | Finding:
        """A scope for each entry; or, where they are not known, the finding that says so."""
        failed = next((scope.failed[name] for name in sorted(self._needs) if name in scope.failed), None)
        if failed is not None:
            return unknown(self._told.title, failed)
        entries = value_of(self._each, scope.names)
        found = [scope.below(**{self._told.as_: entry}) for entry in (entries if isinstance(entries, list) else [])]
        return [one for one in found if self._where is None or value_of(self._where, one.names)]

    def found(self, scope: Scope) -> Branch:
        """What was found of an entry."""
        findings = [found for gate in self._gates for found in gate.judge(scope)]
        name, key = value_of(self._name, scope.names)
        return Branch(self._told.title, str(key), str(name), self._inquiry.worst(findings), findings)


class _Calls:
    """Calls actions, and no more often than it may."""

    def __init__(self, run: RunAction, most: int) -> None:
        self._run = run
        self._most = most
        self._lock = threading.Lock()
        self.made = 0

    def __call__(self, action: str, inputs: Mapping[str, Any]) -> Result:
        with self._lock:
            if self.made >= self._most:
                message = f"it was not asked, as {self._most} requests were made before"
                failure = Failure("not_asked", message, "ask about less, or allow more requests")
                return Result(False, action, {}, failure, Meta())
            self.made += 1
        return self._run(action, inputs)


def _said(sayings: Sequence[tuple[Template, Template]], names: Mapping[str, Any]) -> list[str]:
    return [str(value_of(says, names)) for when, says in sayings if value_of(when, names)]
