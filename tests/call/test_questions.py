"""Questions of several actions, asked at once where none waits for another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from segment_connector import InputError
from segment_connector.call.questions import Scope, ask_at_once, compiled_questions
from segment_connector.errors import SpecError
from segment_connector.language.question_records import Question
from segment_connector.language.records import build
from segment_connector.result import Failure, Meta, Result


class Service:
    """Answers by name; an answer that is text is a failure with that message."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.together = threading.Barrier(3, timeout=5)

    def __call__(self, action: str, inputs: Any) -> Result:
        self.asked.append((action, dict(inputs)))
        answer = self.answers[action]
        if callable(answer):
            answer = answer(inputs)
        if isinstance(answer, str):
            return Result(False, action, {}, Failure("forbidden", answer, status=403), Meta())
        return Result(True, action, dict(answer), None, Meta())

    def meet(self, given: Any) -> dict[str, Any]:
        """An answer that comes when three ask at the same time."""
        self.together.wait()
        return {"of": given.get("id"), "n": 1}


def find(name: str) -> Any:
    raise AssertionError(f"nothing of {name} is needed")


def compiled(*told: dict[str, Any], names=("input",), optional=()):
    return compiled_questions([build(Question, one, "f.yaml", "") for one in told], names, optional, "f.yaml", "ask")


def ask(told, scope, run, find=find):
    with ThreadPoolExecutor(4) as pool:
        ask_at_once([(told, scope)], run, find, pool)
    return scope


def test_a_question_uses_what_the_ones_before_it_gave():
    service = Service(one={"thing": {"id": "t-1"}}, two={"done": True})
    scope = ask(
        compiled(
            {"as": "thing", "action": "one", "input": {"title": "{{ input.title }}"}, "give": "{{ answer.thing.id }}"},
            {"as": "more", "action": "two", "input": {"id": "{{ thing }}"}},
        ),
        Scope({"input": {"title": "A"}}), service,
    )  # fmt: skip
    assert service.asked == [("one", {"title": "A"}), ("two", {"id": "t-1"})]
    assert scope.names["more"] == {"done": True}


def test_each_asks_once_for_every_item_that_is_wanted_and_keeps_their_order():
    service = Service(get=lambda given: {"name": given["id"].upper()})
    scope = ask(
        compiled(
            {"as": "all", "each": "{{ input.ids }}", "where": "{{ item != '-' }}", "action": "get",
             "input": {"id": "{{ item }}"}, "give": "{{ answer.name }}"},
            {"as": "found", "each": "{{ all }}", "pick": "{{ item == 'B' }}"},
            {"as": "passed_over", "when": "{{ found == 'A' }}", "action": "get"},
        ),
        Scope({"input": {"ids": ["a", "-", "b", "c"]}}), service,
    )  # fmt: skip
    assert scope.names["all"] == ["A", "B", "C"]
    assert scope.names["found"] == "B"
    assert scope.names["passed_over"] is None


def test_what_has_to_be_there_is_told_when_it_is_not():
    none = {"message": "there is no '{{ input.id }}'", "hint": "name one that is listed"}
    told = compiled({"as": "found", "each": [1], "pick": "{{ item == input.id }}", "none": none})
    scope = ask(told, Scope({"input": {"id": "x"}}), Service())
    assert (scope.failed["found"].message, scope.failed["found"].hint) == ("there is no 'x'", none["hint"])


def test_what_waits_for_nothing_is_asked_at_once_and_a_failure_reaches_only_who_needs_it():
    service = Service(fail="no permission")
    service.answers["meet"] = service.meet
    scope = ask(
        compiled(
            {"as": "bad", "action": "fail"},
            {"as": "after_bad", "action": "meet", "input": {"n": "{{ bad.id }}"}},
            {"as": "one", "action": "meet"},
            {"as": "two", "action": "meet"},
            {"as": "many", "each": [1], "action": "meet"},
            {"as": "sum", "each": ["x"], "pick": "{{ true }}", "give": "{{ one.n + two.n + many[0].n }}"},
        ),
        Scope({"input": {}}), service,
    )  # fmt: skip
    assert scope.names["sum"] == 3
    assert set(scope.failed) == {"bad", "after_bad"}
    assert scope.failed["after_bad"].message == "no permission"


def test_scopes_are_asked_beside_each_other_and_know_the_one_above():
    service = Service()
    service.answers["meet"] = service.meet
    outer = Scope({"input": {"x": 1}})
    inner = [outer.below(branch={"id": name}) for name in "abc"]
    told = compiled({"as": "met", "action": "meet", "input": {"id": "{{ branch.id }}"}}, names=("input", "branch"))
    with ThreadPoolExecutor(3) as pool:
        ask_at_once([(told, scope) for scope in inner], service, find, pool)
    assert [scope.names["met"]["of"] for scope in inner] == ["a", "b", "c"]
    assert "met" not in outer.names


def test_inputs_that_an_action_refuses_are_a_failure_of_the_question():
    def run(_action: str, _inputs: Any) -> Result:
        raise InputError.of("required", "is missing", "give it", field="id")

    scope = ask(compiled({"as": "one", "action": "get"}), Scope({}), run)
    assert (scope.failed["one"].code, scope.failed["one"].field) == ("required", "id")


def test_a_question_that_names_a_later_one_is_refused_when_it_is_read():
    with pytest.raises(SpecError) as raised:
        compiled({"as": "one", "action": "get", "input": {"id": "{{ two }}"}}, {"as": "two", "action": "get"})
    assert raised.value.field == "ask.0.input.id"


def test_a_list_is_followed_to_its_end(connector):
    answers = {None: (["a"], "next"), "next": (["b"], None)}

    def run(action: str, inputs: Any) -> Result:
        found, following = answers[inputs.get("pagination", {}).get("cursor")]
        return Result(True, action, {"sources": found, "pagination": {"next": following}}, None, Meta())

    told = compiled({"as": "all", "action": "list_sources", "walk": True, "give": "{{ answer.sources }}"})
    assert ask(told, Scope({}), run, connector.specs.action).names["all"] == ["a", "b"]
