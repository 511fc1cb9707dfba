"""Carry out a job: what it would do, the calls it takes, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..call.caller import Caller
from ..errors import InputError, SpecError, UnknownActionError
from ..language.action_records import Action
from ..language.job_records import Job
from ..result import Result
from ..schema.validator import Validator
from ..templates.compiler import Compiler, Template, left_out
from .entry_file import Entries
from .proof import Part, Proof, checksum_of

OnPart = Callable[[Part], None]


@dataclass(slots=True)
class Plan:
    """What a job would do.

    :ivar says: it in sentences.
    :ivar left: the parts that are not asked yet, with their entries.
    :ivar unsure: how many of them may have been asked by a run that was cut off.
    """

    proof: Proof
    says: list[str]
    left: list[tuple[Part, list[str]]]
    unsure: int

    @property
    def count(self) -> int:
        """How many entries are left."""
        return sum(part.count for part, _ in self.left)


class JobRunner:
    """A job, made ready.

    :raises SpecError: when a template breaks the language.
    """

    def __init__(self, job: Job, caller: Caller) -> None:
        self.job = job
        self._caller = caller
        self._validator = Validator(job.input_schema, path=job.path)
        self._texts = _Texts(job)

    def plan(
        self, inputs: Mapping[str, Any], entries: Entries, source: str, known: Proof | None, path: str,
        connection: Mapping[str, Any],
    ) -> Plan:  # fmt: skip
        """What it would do; nothing is sent.

        :param source: the file of the entries, for the proof, whose own file ``path`` is.
        :param known: the proof of an earlier run.
        :raises InputError: for inputs or entries that are wrong, more entries than the service takes, and a proof of
            something else.
        :raises ConnectionConfigError: when the connection cannot serve the calls.
        """
        if problems := self._validator.problems(dict(inputs)):
            raise InputError(problems)
        given = self.given(inputs)
        action = self.action(given)
        job, size = self.job, self._size(action)
        count = len(entries.values)
        if job.most is not None and count > job.most:
            message = f"the file holds {count:,} {job.entries.noun}s; the service takes {job.most:,} in {job.within}"
            raise InputError.of("too_many", message, "split the file, and continue after that time", path=source)
        proof = known or self._proof(given, entries, source, path, size)
        if known is not None:
            self._check(known, given, entries, source)
        left = [
            (part, entries.values[part.first - 1 : part.first - 1 + part.count])
            for part in proof.parts
            if part.sending != "asked"
        ]
        for _, values in left:  # whatever is wrong with them is told before the first call
            self._caller.plan(action.name, self._inputs(given, values), connection)
        names = {"input": given, "count": count}
        says = [str(text.evaluate(names)) for when, text in self._texts.says if when.evaluate(names)]
        return Plan(proof, says, left, sum(part.sending == "sending" for part, _ in left))

    def carry_out(self, plan: Plan, connection: Mapping[str, Any], on_part: OnPart) -> Result | None:
        """Make the calls that are left, each written down before and after.

        :returns: the result of the call that failed, after which none was made; ``None`` when all succeeded.
        """
        given = plan.proof.input
        for part, values in plan.left:
            part.sending, part.error = "sending", None
            plan.proof.save()
            result = self._caller.run(self.action(given).name, self._inputs(given, values), connection)
            if result.error is None:
                part.sending = "asked"
                part.id = str(self._texts.given.evaluate({"answer": result.outputs}))
                part.asked_at = self._caller.clock.timestamp()
            else:
                part.error = result.error.message
                # What was refused was not done; of anything else nobody knows.
                part.sending = "refused" if result.meta.delivery in ("refused", "not_sent") else "sending"
            plan.proof.save()
            on_part(part)
            if result.error is not None:
                return result
        return None

    def follow(self, proof: Proof, connection: Mapping[str, Any], on_part: OnPart) -> None:
        """Ask what became of every call that is not at its end, and write it down."""
        follow = self.job.follow
        for part in proof.parts:
            if part.id is not None and part.state not in (*follow.done, *follow.failed):
                result = self._caller.run(follow.action, self._texts.asked.evaluate({"id": part.id}), connection)
                if result.error is None:
                    names = {"answer": result.outputs}
                    detail = self._texts.detail.evaluate(names)
                    part.state, part.error = str(self._texts.state.evaluate(names)), None
                    part.detail = None if left_out(detail) else detail
                    part.state_at = self._caller.clock.timestamp()
                else:
                    part.error = result.error.message
                proof.save()
            on_part(part)

    def is_ended(self, part: Part) -> bool:
        """Whether nothing more is to be expected of a call."""
        return part.state in (*self.job.follow.done, *self.job.follow.failed)

    def given(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with defaults, and null for what was not given."""
        defaults = {name: schema.get("default") for name, schema in self.job.parameters.items()}
        return {**defaults, **inputs}

    def action(self, given: Mapping[str, Any]) -> Action:
        """The action that is called."""
        return self._caller.specs.action(str(self._texts.action.evaluate({"input": given})))

    def _inputs(self, given: Mapping[str, Any], values: list[str]) -> dict[str, Any]:
        made = self._texts.input.evaluate({"input": given})
        return {
            **{name: value for name, value in made.items() if value is not None}, self.job.call.entries: values,
        }  # fmt: skip

    def _size(self, action: Action) -> int:
        most = action.parameters[self.job.call.entries].get("maxItems")
        if not isinstance(most, int):
            message = f"'{action.name}' does not say how many {self.job.entries.noun}s a call takes"
            raise SpecError.at(self.job.path, "entries", message, "give the list 'maxItems'", field="call.entries")
        return most

    def _proof(self, given: Mapping[str, Any], entries: Entries, source: str, path: str, size: int) -> Proof:
        values = entries.values
        parts = [
            Part(first + 1, len(chunk), checksum_of(chunk))
            for first in range(0, len(values), size)
            if (chunk := values[first : first + size])
        ]
        now = self._caller.clock.timestamp()
        return Proof(path, self.job.name, given, source, len(values), checksum_of(values), now, parts)

    def _check(self, known: Proof, given: Mapping[str, Any], entries: Entries, source: str) -> None:
        hint = "name another file with --proof, or take the file and the inputs of the proof"
        if known.checksum != checksum_of(entries.values):
            raise InputError.of("proof", f"the proof is of other {self.job.entries.noun}s than '{source}' holds", hint,
                                path=known.path)  # fmt: skip
        if dict(known.input) != dict(given):
            raise InputError.of("proof", "the proof is of other inputs", hint, path=known.path)


class _Texts:
    """The templates of a job.

    :raises SpecError: when one breaks the language.
    """

    def __init__(self, job: Job) -> None:
        def template(tree: Any, place: str, *names: str) -> Template:
            compiler = Compiler(names, (), job.path)
            return compiler.template(compiler.value(tree, place), place)

        call, follow = job.call, job.follow
        self.action = template(call.action, "call.action", "input")
        self.input = template(dict(call.input), "call.input", "input")
        self.given = template(call.given, "call.given", "answer")
        self.says = [
            (template(True if one.when is None else one.when, f"says.{index}.when", "input", "count"),
             template(one.text, f"says.{index}.text", "input", "count"))
            for index, one in enumerate(job.says)
        ]  # fmt: skip
        self.asked = template(dict(follow.input), "follow.input", "id")
        self.state = template(follow.state, "follow.state", "answer")
        self.detail = template(follow.detail, "follow.detail", "answer")


def check_job(job: Job, find: Callable[[str], Action]) -> None:
    """Hold a job to the language and to the actions that it names.

    :raises SpecError: naming the place.
    """
    _Texts(job)
    for place, name in (("call.action", job.call.action), ("follow.action", job.follow.action)):
        _check_action(job, find, place, name)
    for index, doubt in enumerate(job.entries.doubts):
        _check_pattern(job, f"entries.doubts.{index}.pattern", doubt.pattern)


def _check_action(job: Job, find: Callable[[str], Action], place: str, name: str) -> None:
    try:
        if "{{" not in name:
            find(name)
    except UnknownActionError as error:
        problem = error.problems[0]
        raise SpecError.at(job.path, problem.code, problem.message, problem.hint or "name one", field=place) from None


def _check_pattern(job: Job, place: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise SpecError.at(
            job.path, "pattern", f"is not a regular expression: {error}", "fix it", field=place
        ) from None
