"""The evaluator and Jinja's code of the same template must mean the same."""

from __future__ import annotations

import itertools
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja_code import by_jinja
from strategies import examples, json_values

from segment_connector import ConnectorError, InputError, SpecError
from segment_connector.templates.compiler import Compiler
from segment_connector.values.json_values import copy_json

NAMES = ("input", "response")
TREES: list[Any] = [
    "{{ input.a }}",
    "{{ input.a.b }}",
    "{{ input.a.b.c }}",
    "{{ input['a'].b }}",
    "{{ input.a[0] }}",
    "{{ input.a[input.b] }}",
    "{{ input.a[input.b].c }}",
    "{{ input[0] }}",
    "{{ input }}",
    {"x": "{{ input.a }}", "y": {"z": "{{ input.b }}"}, "k": 1, "l": ["{{ input.a }}", "{{ input.b }}", None]},
    {"k": 1.5, "l": {"m": True, "n": {"o": "x"}}, "p": [[], {}, ["y", "{{ input.a }}"]], "q": "{{ input.b.c }}"},
    {"only": {"absent": "{{ input.nothing }}"}},
    {"only": ["{{ input.nothing }}"]},
    {},
    [],
    "text",
    "a {{ input.a }}",
    "{{ input.a }}{{ input.b }}",
    "{{ input.a ~ 'x' ~ input.b }}",
    "{{ input.a is defined }}",
    "{{ input.a.b is none }}",
    "{{ input.a is mapping and input.b is string }}",
    "{{ input.a is true or input.b is false }}",
    "{{ input.a is in input.b }}",
    "{{ input.a is ge 1 }}",
    "{{ not input.a }}",
    "{{ not (input.a and input.b) }}",
    "{{ input.a == {} }}",
    "{{ input.a != [] }}",
    "{{ input.a == {'b': false} }}",
    "{{ input.a == input.b }}",
    "{{ input.a == 'x' and input.b != 1 }}",
    "{{ input.a in ['x', 1, input.b] }}",
    "{{ input.a not in ['x', none] }}",
    "{{ 0 <= input.a < 2 }}",
    "{{ input.a or input.b }}",
    "{{ input.a and input.b.c }}",
    "{{ input.a if input.b }}",
    "{{ input.a if input.b is defined and input.a else 'none' }}",
    "{{ 'x' if input.a is defined }}",
    "{{ (input.a if input.b) is defined }}",
    "{{ (input.a if input.b else 1) == 1 }}",
    "{{ -input.a }}",
    "{{ input.a + 1 - input.b }}",
    "{{ input.a - -1 }}",
    "{{ [input.a, {'k': input.b, 'l': []}] }}",
    "{{ [input.a.b] }}",
    "{{ [input.a.b] | length }}",
    "{{ input.a | default('d') }}",
    "{{ input.a | default(input.b, true) }}",
    "{{ input.a | default }}",
    "{{ input.a | length > 3 }}",
    "{{ input.a | abs }}",
    "{{ input.a | round(-2) }}",
    "{{ input.a | first }}",
    "{{ (input.a | last).c | default([]) }}",
    "{{ input.a | keys | join('+') }}",
    "{{ input.a | upper | lower | trim }}",
    "{{ input.a | without('x') ~ (input.b | segments) }}",
    "{{ input.a | number }}",
    "{{ (input.a | json).b | boolean }}",
    {"x": {"y": "{{ input.a + 1 }}"}, "z": "{{ (input.b | integer) == 1 }}"},
]
VALUES = [None, False, True, 0, 1, "", "x", "{{ 7 }}", [], ["y"], {}, {"b": False}, {"b": None}, {"b": {"c": "deep"}}]
INPUTS = [
    {},
    *({"a": value} for value in VALUES),
    *({"a": one, "b": other} for one, other in itertools.product(VALUES, repeat=2)),
]


REFUSED = "refused"  # in place of what the two raise, which differs


def outcome(evaluate: Any, names: Any) -> str:
    """What an evaluation comes to: by Jinja's code too it must be JSON, and no other error is one of ours."""
    try:
        value = evaluate(names)
        return "left out" if isinstance(value, jinja2.Undefined) else repr(copy_json(value))
    except (ConnectorError, TypeError, jinja2.UndefinedError, ArithmeticError):
        return REFUSED


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_the_two_agree_on_every_value(tree: Any) -> None:
    compiler = Compiler(NAMES, ("a", "b", "nothing"), "file.yaml")
    template = compiler.template(compiler.value(tree, "body"), "body")
    reference = by_jinja(template.expression)

    for inputs in INPUTS:
        names = {"input": inputs, "response": {}}
        assert outcome(template.evaluate, names) == outcome(reference, names), inputs


@pytest.mark.parametrize(
    "text", ["/x", "/x/{{ input.a }}", "/{{ input.a }}/{{ input.b | segments }}/y", "{{ input.a }}"]
)
def test_the_two_agree_on_paths(text: str) -> None:
    compiler = Compiler(NAMES, (), "file.yaml")
    template = compiler.template(compiler.path(text, "path"), "path")
    reference = by_jinja(template.expression)

    for inputs in INPUTS:
        names = {"input": inputs}
        assert outcome(template.evaluate, names) == outcome(reference, names), inputs


LEAVES = [tree for tree in TREES if isinstance(tree, str)]
trees = st.recursive(
    st.sampled_from([*LEAVES, 7, 1.5, True, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    trees, st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values, max_size=3), st.sets(st.sampled_from("ab"))
)
@examples(150)
def test_the_two_agree_on_every_tree(tree: Any, inputs: Any, optional: set[str]) -> None:
    compiler = Compiler(NAMES, optional, "file.yaml")
    template = compiler.template(compiler.value(tree, "body"), "body")
    names = {"input": inputs, "response": {}}
    assert outcome(template.evaluate, names) == outcome(by_jinja(template.expression), names)


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("{{ input.a + 1 }}", "body.x.0.y", "an expression fails on these inputs: TypeError"),
        ("{{ input.a | upper + 1 }}", "body.x.0.y", "an expression fails on these inputs: TypeError"),
        ("{{ input.b.c > 1 }}", "body.x.0.y", "an expression fails on these inputs: 'c' is undefined"),
        ("{{ [input.b.c] }}", "body.x.0.y", "an expression gives what JSON does not have: "),
        ("{{ [input.n + input.n] }}", "body.x.0.y", "an expression gives what JSON does not have: "),
    ],
)
def test_an_error_names_the_place_of_the_expression(text: str, field: str, message: str) -> None:
    compiler = Compiler(NAMES, (), "file.yaml")
    tree = {"w": "{{ input.n }}", "x": [{"v": "{{ input.n + 1 }}", "y": text, "z": "{{ input.n }}"}]}
    with pytest.raises(SpecError) as caught:
        compiler.template(compiler.value(tree, "body"), "body").evaluate({"input": {"a": "s", "b": {}, "n": 1e308}})
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.field) == ("template", "file.yaml", field)
    assert problem.message.startswith(message)


def test_a_text_that_cannot_stand_is_an_error_of_the_input() -> None:
    compiler = Compiler(NAMES, (), "file.yaml")
    with pytest.raises(InputError) as caught:
        compiler.template(compiler.value({"x": "a {{ input.a }}"}, "body"), "body").evaluate({"input": {"a": [1]}})
    assert (caught.value.code, caught.value.field) == ("text", "a")


def test_each_evaluation_makes_values_of_its_own() -> None:
    compiler = Compiler(NAMES, (), "file.yaml")
    evaluate = compiler.template(compiler.value({"x": [], "y": {}, "z": "{{ [1, {}] }}"}, "body"), "body").evaluate
    one, other = evaluate({"input": {}}), evaluate({"input": {}})
    assert one == other == {"x": [], "y": {}, "z": [1, {}]}
    assert all(one[key] is not other[key] for key in one)
