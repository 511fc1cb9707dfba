"""A template gives the same value in JavaScript as in Python, or is refused where JavaScript lacks a filter of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from segment_connector import ConnectorError, SpecError
from segment_connector.exports.javascript.javascript_templates import function_of, known_filters
from segment_connector.templates.compiler import Compiler, Template, left_out
from segment_connector.templates.grammar import ENVIRONMENT

Ask = Callable[[Iterable[dict[str, Any]]], list[dict[str, Any]]]
NOW = "2026-01-31T12:00:00.000Z"
INPUT = {
    "text": "Ada Lovelace", "blank": " a ", "empty": "", "none": None, "number": 3, "half": 0.5, "yes": True,
    "no": False, "list": ["a", "b"], "objects": [{"id": "1", "name": "A"}, {"id": "2"}],
    "object": {"a": {"b": 1}, "_c": 2}, "quote": "it's \"so\"", "path": "/a/b c/%2F", "__proto__": "p",
}  # fmt: skip
EXPRESSIONS = (Path(__file__).parents[2] / "data" / "expressions.txt").read_text(encoding="utf-8").splitlines()
TREES = [
    *(f"{{{{ {expression} }}}}" for expression in EXPRESSIONS),
    "It is {{ input.text }}: {{ input.number }}, {{ input.yes }}",
    "{{ input.text }} and {{ input.gone }}",
    {
        "a": "{{ input.gone }}",
        "b": {"c": "{{ input.gone }}"},
        "__proto__": 1,
        "d-e": ["{{ input.gone }}", 1, None, "x"],
    },
    {"it's": "it's", 'a "b"': 'a "b" \\ \n', "empty": {}, "list": []},
]
REFUSED = ["{{ input.object ~ 'x' }}", "x {{ input.none }}", "{{ input.text + 1 }}", "{{ input.number < 'x' }}"]


def template(tree: Any) -> Template:
    compiler = Compiler(("input", "now"), ("gone",), "act.yaml")
    return compiler.template(compiler.value(tree, "body"), "body")


def test_values_are_those_of_python(ask: Ask, subtests: pytest.Subtests) -> None:
    names = {"input": INPUT, "now": NOW}
    answers = ask({"ask": "template", "text": function_of(template(tree), 0), "names": names} for tree in TREES)
    for tree, answer in zip(TREES, answers, strict=True):
        with subtests.test(str(tree)):
            expected = template(tree).evaluate(names)
            assert "error" not in answer, answer
            assert answer == ({} if left_out(expected) else {"value": expected})


def test_what_has_no_value_is_refused(ask: Ask) -> None:
    names = {"input": INPUT, "now": NOW}
    answers = ask({"ask": "template", "text": function_of(template(tree), 0), "names": names} for tree in REFUSED)
    for tree, answer in zip(REFUSED, answers, strict=True):
        with pytest.raises(ConnectorError):
            template(tree).evaluate(names)
        assert answer["error"] in ("InputError", "TemplateError"), tree


def test_a_filter_that_javascript_lacks_is_refused_where_it_stands() -> None:
    with pytest.raises(SpecError, match=r"act\.yaml.*body.*'date_time' is not there in JavaScript.*the service"):
        function_of(template("{{ input.text | date_time }}"), 0)
    assert known_filters() < ENVIRONMENT.public_filters
