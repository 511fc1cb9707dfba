"""The plain functions and Jinja's code of the same template must mean the same."""

from __future__ import annotations

import itertools

import jinja2
import pytest

from segment_connector.templates.compiler import Compiler, Template
from segment_connector.templates.plain import compile_plain

NAMES = ("input", "response")
TREES = [
    "{{ input.a }}",
    "{{ input.a.b }}",
    "{{ input.a.b.c }}",
    "{{ input }}",
    {"x": "{{ input.a }}", "y": {"z": "{{ input.b }}"}, "k": 1, "l": ["{{ input.a }}", "{{ input.b }}", None]},
    {"only": {"absent": "{{ input.nothing }}"}},
    {},
    "text",
    "{{ input.a is defined }}",
    "{{ input.a.b is none }}",
    "{{ input.a is mapping and input.b is string }}",
    "{{ input.a is true or input.b is false }}",
    "{{ not input.a }}",
    "{{ input.a == {} }}",
    "{{ input.a != [] }}",
    "{{ input.a == {'b': false} }}",
    "{{ input.a == input.b }}",
    "{{ input.a == 'x' and input.b != 1 }}",
    "{{ input.a or input.b }}",
]
VALUES = [None, False, True, 0, 1, "", "x", "{{ 7 }}", [], ["y"], {}, {"b": False}, {"b": None}, {"b": {"c": "deep"}}]
INPUTS = [
    {},
    *({"a": value} for value in VALUES),
    *({"a": one, "b": other} for one, other in itertools.product(VALUES, repeat=2)),
]


def _shown(value):
    return "left out" if isinstance(value, jinja2.Undefined) else value


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_the_two_agree_on_every_value(tree):
    template = Template(Compiler(NAMES, ("a", "b", "nothing"), "file.yaml").value(tree, "body"), "file.yaml", "body")
    assert compile_plain(template.expression) is not None
    by_jinja = template.by_jinja()  # Jinja's optimizer changes the expression

    for inputs in INPUTS:
        names = {"input": inputs, "response": {}}
        assert repr(_shown(by_jinja(names))) == repr(_shown(template.evaluate(names))), inputs


@pytest.mark.parametrize(
    "text", ["{{ input.a | length > 3 }}", "{{ input.a ~ 'x' }}", "{{ input.a[0] }}", "a {{ input.a }}"]
)
def test_what_is_more_than_a_copy_is_left_to_jinja(text):
    template = Template(Compiler(NAMES, (), "file.yaml").value(text, "body"), "file.yaml", "body")

    assert compile_plain(template.expression) is None
