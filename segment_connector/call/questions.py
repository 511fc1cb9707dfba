"""Ask several questions at once: calls of reading actions, each begun as soon as the names that it uses are there.

Where ``steps`` does one thing after the other and stops at a failure, questions do not wait for each other, and one
that gets no answer holds up only those that need it. Nothing here makes a request; who calls an action is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConnectorError
from ..language.action_records import Action
from ..language.question_records import Question
from ..result import CallFailed, Failure, Result, as_result
from ..templates.compiler import Compiler, Template, left_out
from ..values.paths import put
from .paging import pages
from .steps import RunAction

NONE_FOUND = "none_found"
"""The code of a failure to find something among what was answered."""


@dataclass(slots=True, eq=False)
class Scope:
    """What is known, and what could not be found out.

    :ivar names: what templates may name; each question adds its own.
    :ivar failed: why questions have no answer, by their names; those that need one of them fail as it did.
    """

    names: dict[str, Any]
    failed: dict[str, Failure] = field(default_factory=dict)

    def below(self, **names: Any) -> Scope:
        """A scope that knows all of this one, and more, and keeps what it finds out to itself."""
        return Scope({**self.names, **names}, dict(self.failed))


class CompiledQuestion:
    """A question, ready to be asked.

    :param names: what its templates may name; ``optional`` the inputs that may be absent.
    :param source: the file of the question, and ``place`` where in it, for errors.
    :raises SpecError: when a template breaks the language.
    :ivar needs: the names that it uses, and ``outputs`` the outputs of its action.
    :ivar optional: that it has no answer counts as null; ``late``: it is asked when all others are;
        ``needed``: without an answer nothing else makes sense.
    """

    def __init__(
        self, question: Question, names: Iterable[str], optional: Iterable[str], source: str, place: str
    ) -> None:
        self.name = question.as_
        self.late = question.late
        self.needed = question.needed
        self.optional = question.optional
        self._question = question
        known, optional = tuple(names), frozenset(optional)
        needs: set[str] = set()
        outputs: set[str] = set()

        def template(tree: Any, member: str, *more: str) -> Template | None:
            if tree is None:
                return None
            compiler = Compiler((*known, *more), optional, source)
            made = compiler.template(compiler.value(tree, f"{place}.{member}"), f"{place}.{member}")
            needs.update(path[0] for path in compiler.used if path[0] not in more)
            outputs.update(path[1] for path in compiler.used if path[0] == "answer" and len(path) > 1)
            return made

        item = ("item",) if question.each is not None else ()
        given = question.give if question.give is not None else "{{ answer }}" if question.action else "{{ item }}"
        none = question.none
        self._when = template(question.when, "when")
        self._each = template(question.each, "each")
        self._where = template(question.where, "where", *item)
        self._pick = template(question.pick, "pick", *item)
        self._input = template(dict(question.input), "input", *item)
        self._give = template(given, "give", "answer", *item)
        self._none = template([none.message, none.hint], "none") if none else None
        self.needs = frozenset(needs)
        self.outputs = frozenset(outputs)

    def begin(self, scope: Scope) -> list[dict[str, Any]] | None:
        """The names of each time that it is to be asked, or ``None`` when it is passed over.

        :raises ConnectorError: when nothing was found that has to be there.
        """
        names = scope.names
        if self._when is not None and not value_of(self._when, names):
            return None
        if self._each is None:
            return [names]
        each = value_of(self._each, names)
        items = [{**names, "item": item} for item in (each if isinstance(each, list) else [])]
        if self._where is not None:
            items = [one for one in items if value_of(self._where, one)]
        if self._pick is not None:
            items = [one for one in items if value_of(self._pick, one)][:1]
            if not items and self._none is not None:
                message, hint = value_of(self._none, names)
                raise ConnectorError.of(NONE_FOUND, message, hint)
        return items

    def ask(self, names: Mapping[str, Any], run: RunAction, find: Callable[[str], Action]) -> Any:
        """Ask it once.

        :raises CallFailed: when the call does not succeed.
        :raises ConnectorError: when its inputs are wrong.
        """
        action = self._question.action
        if action is None:
            return value_of(self._give, names)
        inputs = value_of(self._input, names)
        result = _walked(find(action), inputs, run) if self._question.walk else run(action, inputs)
        return value_of(self._give, {**names, "answer": result.unwrap()})

    def end(self, scope: Scope, answers: list[Any]) -> None:
        """Put what each time gave among the names of the scope."""
        single = self._each is None or self._pick is not None
        scope.names[self.name] = (answers[0] if answers else None) if single else answers


def compiled_questions(
    questions: Sequence[Question], names: Iterable[str], optional: Iterable[str], source: str, place: str
) -> list[CompiledQuestion]:
    """Questions made ready, each knowing the names of those before it.

    :param names: what all of them may name.
    :raises SpecError: naming file and place, when a template breaks the language.
    """
    known, made = list(names), []
    for index, question in enumerate(questions):
        made.append(CompiledQuestion(question, known, optional, source, f"{place}.{index}"))
        known.append(question.as_)
    return made


def ask_at_once(
    jobs: Sequence[tuple[Sequence[CompiledQuestion], Scope]],
    run: RunAction,
    find: Callable[[str], Action],
    pool: Executor,
) -> None:
    """Ask all questions of several scopes, and put the answers, or why there are none, into the scopes.

    :param jobs: questions, and the scope that they read and write.
    :param pool: makes the calls; those that stand first begin first.
    """
    for late in (False, True):
        _ask([(one, scope) for questions, scope in jobs for one in questions if one.late is late], run, find, pool)


def _ask(
    waiting: list[tuple[CompiledQuestion, Scope]], run: RunAction, find: Callable[[str], Action], pool: Executor
) -> None:
    asked: list[tuple[CompiledQuestion, Scope, list[Future[Any]]]] = []
    while waiting or asked:
        going = {(id(scope), one.name) for one, scope in waiting} | {(id(scope), one.name) for one, scope, _ in asked}
        held = [(one, scope) for one, scope in waiting if any((id(scope), name) in going for name in one.needs)]
        for one, scope in waiting:
            if (one, scope) not in held and (calls := _begun(one, scope, run, find, pool)):
                asked.append((one, scope, calls))
        if len(held) == len(waiting):
            wait([call for _, _, calls in asked for call in calls if not call.done()], None, FIRST_COMPLETED)
        waiting, under_way = held, []
        for one, scope, calls in asked:
            if all(call.done() for call in calls):
                _settle(one, scope, calls)
            else:
                under_way.append((one, scope, calls))
        asked = under_way


def failure_of(error: ConnectorError) -> Failure:
    """Why something failed, in the words of a result."""
    failure = error.result.error if isinstance(error, CallFailed) else as_result("", error).error
    assert failure is not None
    return failure


def value_of(template: Template | None, names: Mapping[str, Any]) -> Any:
    """The value of a template; null where what it needs was not given."""
    assert template is not None
    value = template.evaluate(names)
    return None if left_out(value) else value


def _begun(
    question: CompiledQuestion, scope: Scope, run: RunAction, find: Callable[[str], Action], pool: Executor
) -> list[Future[Any]]:
    """The calls that a question makes; what needs none is settled at once."""
    why = next((scope.failed[name] for name in sorted(question.needs) if name in scope.failed), None)
    if why is not None:
        _fail(question, scope, why)
        return []
    try:
        times = question.begin(scope)
    except ConnectorError as error:
        _fail(question, scope, failure_of(error))
        return []
    if times:
        return [pool.submit(question.ask, names, run, find) for names in times]
    if times is None:
        scope.names[question.name] = None
    else:
        question.end(scope, [])
    return []


def _settle(question: CompiledQuestion, scope: Scope, calls: list[Future[Any]]) -> None:
    try:
        question.end(scope, [call.result() for call in calls])
    except ConnectorError as error:
        _fail(question, scope, failure_of(error))


def _fail(question: CompiledQuestion, scope: Scope, why: Failure) -> None:
    if question.optional:
        scope.names[question.name] = None
    else:
        scope.failed[question.name] = why


def _walked(action: Action, inputs: Mapping[str, Any], run: RunAction) -> Result:
    """The call of a list that is followed to its end: the first answer, with the entries of all."""
    items: list[Any] = []
    first: Result | None = None
    for page in pages(action, inputs, lambda values: run(action.name, values)):
        first = first or page.result
        items += page.items
    assert first is not None
    first.outputs = put(first.outputs, action.paging[0].items, items)
    return first
