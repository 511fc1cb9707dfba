"""The language of templates, seen from outside: what an action makes of its inputs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja_code import by_jinja
from lab import Lab
from strategies import TEXTS, examples, json_values

from segment_connector import InputError, SpecError
from segment_connector.language.specs import Specs
from segment_connector.templates.compiler import Compiler, left_out
from segment_connector.templates.grammar import ENVIRONMENT, parse

PARAMETERS: dict[str, Any] = {"a": {}, "b": {}, "c": {}}


def body(lab: Lab, tree: Any, inputs: Any, /, **members: Any) -> Any:
    return lab.plan(inputs, None, **{"parameters": PARAMETERS, "body": tree, **members}).body


def path(lab: Lab, template: str, inputs: Any) -> str:
    url = lab.plan(inputs, None, parameters=PARAMETERS, endpoint=f"POST {template}", required=sorted(inputs)).url
    return url.removeprefix("https://lab.test/v1")


def refused_spec(lab: Lab, tree: Any, inputs: Any = None) -> Any:
    with pytest.raises(SpecError) as caught:
        body(lab, tree, {"a": "s", "b": 1} if inputs is None else inputs)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("template", str(lab.root / "actions" / "things" / "act.yaml"))
    assert problem.hint
    return problem


# The value context


@pytest.mark.parametrize(
    "value",
    [
        "123", "1_000", "1e5", "+48100200300", "0x1F", "3.10", "None", "", " 12 ", '"quoted"', "[1,2]", "true", "null",
        None, True, False, 0, -0.0, 1, 1.0, 2**64 - 1, [], {}, [None, [1]], {"x": None, "y": {"z": []}}, "zażółć 😀",
    ],
)  # fmt: skip
@pytest.mark.parametrize("required", [[], ["a"]])
def test_a_value_that_is_one_expression_keeps_its_type(lab: Lab, value: Any, required: list[str]) -> None:
    found = body(lab, {"x": "{{ input.a }}"}, {"a": value}, required=required)
    assert (repr(found["x"]), type(found["x"])) == (repr(value), type(value))


def test_what_looks_like_a_template_arrives_as_it_is(lab: Lab) -> None:
    suspicious = {f"key {index} {{{{ 7*7 }}}}": text for index, text in enumerate(TEXTS)}
    inputs = {"a": suspicious, "b": "{{ 7*7 }}", "c": "{% raw %}{{ input.b }}"}
    found = body(lab, {"x": "{{ input.a }}", "y": "<{{ input.b }}>", "z": ["{{ input.c }}"]}, inputs)
    assert found == {"x": suspicious, "y": "<{{ 7*7 }}>", "z": ["{% raw %}{{ input.b }}"]}


@pytest.mark.parametrize(
    ("tree", "inputs", "expected"),
    [
        ({"x": "{{ input.a }}", "y": 1}, {}, {"y": 1}),
        ({"x": "{{ input.a }}", "y": 1}, {"a": None}, {"x": None, "y": 1}),
        ({"x": "{{ input.a }}"}, {}, {}),
        ({"o": {"x": "{{ input.a }}", "p": {"q": "{{ input.b }}"}}, "y": 1}, {}, {"y": 1}),
        ({"o": {"x": "{{ input.a }}", "p": {"q": "{{ input.b }}"}}}, {"b": None}, {"o": {"p": {"q": None}}}),
        ({"o": {}, "l": []}, {}, {"o": {}, "l": []}),
        ({"o": {"x": "{{ input.a }}"}}, {"a": {}}, {"o": {"x": {}}}),
        ({"l": ["{{ input.a }}", "{{ input.b }}", 7]}, {"b": None}, {"l": [None, 7]}),
        ({"l": [{"x": "{{ input.a }}"}, {"x": "{{ input.b }}"}]}, {"b": 1}, {"l": [{"x": 1}]}),
        ({"x": "hello {{ input.a }}", "y": "{{ input.a }}{{ input.b }}"}, {"b": 1}, {}),
        ({"x": "{{ input.a.b.c }}"}, {"a": {"b": {"c": 1}}}, {"x": 1}),
        ({"x": "{{ input.a.b.c }}"}, {"a": {"b": "text"}}, {}),
        ({"x": "{{ input.a.b.c }}"}, {"a": None}, {}),
        ({"x": "{{ input.a[1] }}", "y": "{{ input.a[-1] }}", "z": "{{ input.a[7] }}"}, {"a": [5, 6]}, {"x": 6, "y": 6}),
        ({"x": "{{ input.a['k'] }}", "y": "{{ input.a[input.b] }}"}, {"a": {"k": 5}, "b": "k"}, {"x": 5, "y": 5}),
        ({"x": "{{ input.a[input.b] }}"}, {"a": {"k": 5}, "b": ["k"]}, {}),
        ({"x": "{{ input.a[0] }}"}, {"a": "text"}, {}),
        ("{{ input.a }}", {"a": [1]}, [1]),
        ("{{ input.a }}", {"a": 0}, 0),
        ("text", {}, "text"),
        (7, {}, 7),
        ({"n": 1, "f": 1.5, "t": True, "z": None, "s": "s"}, {}, {"n": 1, "f": 1.5, "t": True, "z": None, "s": "s"}),
        ({"x": "{{ now }}", "y": "{{ connection.region }}"}, {}, {"x": "2026-01-31T12:00:00.000Z", "y": "us"}),
        ({"x": "{{ connection.apiKey }}", "y": "{{ connection }}"}, {}, {"y": {"region": "us"}}),
        ({"x": "{{ input }}"}, {"a": 1}, {"x": {"a": 1}}),
    ],
)  # fmt: skip
def test_what_was_not_given_is_left_out_and_what_was_given_stays(
    lab: Lab, tree: Any, inputs: Any, expected: Any
) -> None:
    assert body(lab, tree, inputs) == expected


def test_a_body_that_is_left_out_is_no_body(lab: Lab) -> None:
    absent = lab.plan({}, None, parameters=PARAMETERS, body="{{ input.a }}")
    assert (absent.body, absent.content, "Content-Type" in absent.headers) == (None, None, False)
    null = lab.plan({"a": None}, None, parameters=PARAMETERS, body="{{ input.a }}")
    assert (null.body, null.content, "Content-Type" in null.headers) == (None, b"null", True)


@pytest.mark.parametrize(
    ("expression", "inputs", "expected"),
    [
        ("input.a == input.b", {"a": 1, "b": 1}, True),
        ("input.a != 's'", {"a": "s"}, False),
        ("input.a < 3 and input.a > 1", {"a": 2}, True),
        ("input.a in ['x', 'y']", {"a": "y"}, True),
        ("'x' in input.a", {"a": ["x"]}, True),
        ("not input.a", {"a": 0}, True),
        ("input.a or 'd'", {"a": ""}, "d"),
        ("'yes' if input.a else 'no'", {"a": False}, "no"),
        ("input.a + input.b", {"a": 1, "b": 2}, 3),
        ("input.a + input.b", {"a": [1], "b": [2]}, [1, 2]),
        ("input.a - 1", {"a": 1.5}, 0.5),
        ("-input.a", {"a": 5}, -5),
        ("{'k': [input.a, 1]}", {"a": "s"}, {"k": ["s", 1]}),
        ("input.a | length", {"a": [1, 2]}, 2),
        ("input.a | upper", {"a": "s"}, "S"),
        ("input.a | lower", {"a": "S"}, "s"),
        ("input.a | trim", {"a": " s "}, "s"),
        ("input.a | first", {"a": [7, 8]}, 7),
        ("input.a | last", {"a": [7, 8]}, 8),
        ("input.a | join(', ')", {"a": ["x", 7, True]}, "x, 7, true"),
        ("input.a | round(1)", {"a": 1.25}, 1.2),
        ("input.a | abs", {"a": -1}, 1),
        ("input.a | keys", {"a": {"k": 1, "l": 2}}, ["k", "l"]),
        ("input.a is defined", {"a": None}, True),
        ("input.a is none", {"a": None}, True),
        ("input.a is string", {"a": "s"}, True),
        ("input.a is mapping", {"a": {}}, True),
        ("input.a is sequence", {"a": []}, True),
        ("input.a is number", {"a": 1}, True),
        ("input.a is boolean", {"a": True}, True),
        ("input.a is false", {"a": False}, True),
        ("input.a is false", {"a": 0}, False),
        ("input.a.zz is defined", {"a": {}}, False),
        ("input.a.zz or 'd'", {"a": {}}, "d"),
        ("input.a.zz | length", {"a": {}}, 0),
        ("'{{'", {}, "{{"),
        ("none", {}, None),
        ("true", {}, True),
    ],
)
def test_expressions(lab: Lab, expression: str, inputs: Any, expected: Any) -> None:
    found = body(lab, {"x": f"{{{{ {expression} }}}}"}, inputs)["x"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("input.a | default('d')", {"x": "d"}),
        ("input.a | default(none)", {"x": None}),
        ("input.a | default(input.b)", {"x": 1}),
        ("input.a | default('d') | upper", {"x": "D"}),
        ("input.a.x | default('d')", {"x": "d"}),
        ("'yes' if input.a is defined else 'no'", {"x": "no"}),
        ("input.a is undefined", {"x": True}),
        ("input.a", {}),
        ("input.a | upper", {}),
        ("input.a == 1", {}),
        ("'yes' if input.a else 'no'", {}),
        ("input.b + input.a", {}),
        ("(input.c | default(7)) + input.a", {}),
    ],
)
def test_an_expression_over_an_absent_input_is_left_out_unless_it_deals_with_it(
    lab: Lab, expression: str, expected: Any
) -> None:
    assert body(lab, {"x": f"{{{{ {expression} }}}}"}, {"b": 1}) == expected


def test_defaults_and_generated_values_are_always_there(lab: Lab) -> None:
    parameters = {
        "a": {"default": {"k": []}},
        "b": {"type": "string", "generate": "uuid4"},
        "c": {"type": "string", "generate": "now"},
    }
    tree = {"a": "{{ input.a }}", "b": "id {{ input.b }}", "c": "{{ input.c }}"}
    assert body(lab, tree, {}, parameters=parameters) == {
        "a": {"k": []}, "b": "id 00000000-0000-4000-8000-000000000001", "c": "2026-01-31T12:00:00.000Z",
    }  # fmt: skip
    assert body(lab, tree, {"a": None, "b": "B", "c": "C"}, parameters=parameters) == {"a": None, "b": "id B", "c": "C"}


def test_a_default_is_never_changed_by_a_call(lab: Lab) -> None:
    lab.write(parameters={"a": {"default": {"k": []}}}, body={"a": "{{ input.a }}"})
    connector = lab.connector()
    first = connector.plan("act", {}, {"apiKey": "k"})
    first.body["a"]["k"].append("changed")
    assert connector.plan("act", {}, {"apiKey": "k"}).body == {"a": {"k": []}}


# Members and nothing else


@pytest.mark.parametrize(
    "name", ["items", "keys", "values", "pop", "get", "update", "format", "upper", "real", "append"]
)
def test_a_name_is_a_member_of_the_json_and_never_an_attribute_of_python(lab: Lab, name: str) -> None:
    tree = {"x": f"{{{{ input.{name} }}}}", "y": f"{{{{ input.a.{name} }}}}"}
    parameters = {**PARAMETERS, name: {}}
    assert body(lab, tree, {"a": "text"}, parameters=parameters) == {}
    assert body(lab, tree, {"a": {"z": [1]}}, parameters=parameters) == {}
    assert body(lab, tree, {"a": {name: 1}, name: 2}, parameters=parameters) == {"x": 2, "y": 1}


@pytest.mark.parametrize("name", ["__class__", "__init__", "__globals__", "_x"])
def test_names_of_pythons_insides_are_refused(lab: Lab, name: str) -> None:
    assert refused_spec(lab, {"x": f"{{{{ input.a.{name} }}}}"}).message == f"'{name}' is not a property of JSON data"
    assert body(lab, {"x": f"{{{{ input.a['{name}'] }}}}"}, {"a": "s"}) == {}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ input.a() }}", "the language has no 'call'"),
        ("{{ input.a.format(1) }}", "the language has no 'call'"),
        ("{{ range(10) }}", "the language has no 'call'"),
        ("{{ namespace() }}", "the language has no 'call'"),
        ("{{ input.a | default(range(3)) }}", "the language has no 'call'"),
        ("{{ 'a' * 1000000000 }}", "the language has no 'mul'"),
        ("{{ 9 ** 9 ** 9 }}", "the language has no 'pow'"),
        ("{{ input.b / 2 }}", "the language has no 'div'"),
        ("{{ input.b // 2 }}", "the language has no 'floordiv'"),
        ("{{ '%99999999s' % input.a }}", "the language has no 'mod'"),
        ("{{ input.a[1:] }}", "the language has no 'slice'"),
        ("{{ (input.a, 1) }}", "the language has no 'tuple'"),
        ("{{ input.a | join(attribute='x') }}", "the language has no 'keyword'"),
        ("{{ input.a | format }}", "there is no filter 'format'"),
        ("{{ input.a | attr('x') }}", "there is no filter 'attr'"),
        ("{{ input.a | map('upper') }}", "there is no filter 'map'"),
        ("{{ input.a | tojson }}", "there is no filter 'tojson'"),
        ("{{ input.a | uper }}", "there is no filter 'uper'"),
        ("{{ input.a | given(true) }}", "there is no filter 'given'"),
        ("{{ input.a | segment('x') }}", "there is no filter 'segment'"),
        ("{{ input.a is callable }}", "there is no test 'callable'"),
        ("{{ input.a is filter }}", "there is no test 'filter'"),
        ("{{ inputs.a }}", "'inputs' means nothing here"),
        ("{{ response.body }}", "'response' means nothing here"),
        ("{{ self }}", "'self' means nothing here"),
        ("{{ cycler }}", "'cycler' means nothing here"),
        ("{{ caller }}", "'caller' means nothing here"),
        ("{{ nope }}", "'nope' means nothing here"),
        ("{% if true %}x{% endif %}", "holds a statement; the language has expressions only"),
        ("{% for x in input.a %}x{% endfor %}", "holds a statement; the language has expressions only"),
        ("{% set x = 1 %}{{ input.a }}", "holds a statement; the language has expressions only"),
        ("{% include '/etc/passwd' %}", "holds a statement; the language has expressions only"),
        ("{% import 'os' as os %}", "holds a statement; the language has expressions only"),
        ("{# nothing #}", "holds only a comment"),
        ("{{ }}", "is not a valid template: Expected an expression, got 'end of print statement'"),
        ("{{ input.a", "is not a valid template: unexpected end of template, expected 'end of print statement'."),
        ("{{ [x for x in input.a] }}", "is not a valid template: expected token ',', got 'for'"),
        ("{%", "is not a valid template: tag name expected"),
        ("{# never closed", "is not a valid template: Missing end of comment tag"),
    ],
)
def test_what_the_language_does_not_have_is_refused(lab: Lab, template: str, message: str) -> None:
    problem = refused_spec(lab, {"o": {"x": template}})
    assert (problem.field, problem.message) == ("body.o.x", message)


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ inputs.a }}", "did you mean 'input'?"),
        ("{{ nope }}", "there is connection, input, now"),
        ("{{ input.a | uppr }}", "did you mean 'upper'?"),
        ("{{ input.a is defind }}", "did you mean 'defined' or 'undefined'?"),
    ],
)
def test_a_wrong_name_in_a_template_is_answered_with_the_nearest(lab: Lab, template: str, hint: str) -> None:
    assert refused_spec(lab, {"x": template}).hint == hint


@pytest.mark.parametrize(
    "template", ["(" * 200 + "input.a" + ")" * 200, "input.a" + ".b" * 5000, "not " * 5000 + "input.a"]
)
def test_an_expression_nested_without_end_is_no_crash(lab: Lab, template: str) -> None:
    try:
        body(lab, {"x": "{{ " + template + " }}"}, {"a": {}})
    except SpecError as error:
        assert error.code == "template"  # noqa: PT017 - either is right, a crash is not


@pytest.mark.parametrize(
    ("expression", "inputs"),
    [
        ("input.a + 1", {"a": "s"}),
        ("input.a - 1", {"a": None}),
        ("-input.a", {"a": "s"}),
        ("input.a < 3", {"a": "s"}),
        ("'x' in input.a", {"a": 7}),
        ("input.a | length", {"a": 7}),
        ("input.a | abs", {"a": "s"}),
        ("input.a | round", {"a": "s"}),
        ("input.a | upper", {"a": 7}),
        ("input.a | trim", {"a": [1]}),
        ("input.a | join", {"a": [[1]]}),
        ("input.a | join", {"a": {"x": 1}}),
        ("input.a.zz + 1", {"a": {}}),
    ],
)
def test_an_expression_that_fails_is_an_error_of_the_spec(lab: Lab, expression: str, inputs: Any) -> None:
    problem = refused_spec(lab, {"x": f"{{{{ {expression} }}}}"}, inputs)
    assert problem.message.startswith("an expression fails on these inputs")


@pytest.mark.parametrize(
    ("expression", "inputs"),
    [
        ("[input.a.zz]", {"a": {}}),
        ("{'k': input.a.zz}", {"a": {}}),
        ("input.a | default({'k': input.b})", {}),
        ("input.a + input.a", {"a": 2**63}),
        ("input.a + input.a", {"a": 1e308}),
        ("input.a - 1", {"a": -(2**63)}),
        ("99999999999999999999999", {}),
        ("1e999", {}),
        ("{input.a: 1}", {"a": 5}),
        ("{1: 2}", {}),
    ],
)
def test_an_expression_that_gives_what_json_does_not_have_is_an_error_of_the_spec(
    lab: Lab, expression: str, inputs: Any
) -> None:
    refused_spec(lab, {"x": f"{{{{ {expression} }}}}"}, inputs)


# The text context


@pytest.mark.parametrize(
    ("value", "text"),
    [("s", "s"), ("", ""), (" x ", " x "), (7, "7"), (1.5, "1.5"), (True, "true"), (False, "false"), ("None", "None")],
)
def test_text_around_an_expression_makes_text(lab: Lab, value: Any, text: str) -> None:
    assert body(lab, {"x": "<{{ input.a }}>"}, {"a": value}) == {"x": f"<{text}>"}
    assert body(lab, {"x": "{{ input.a }}\n"}, {"a": value}) == {"x": f"{text}\n"}
    assert body(lab, {"x": "{{ '<' ~ input.a ~ '>' }}"}, {"a": value}) == {"x": f"<{text}>"}


@pytest.mark.parametrize("value", [None, [], {}, ["x"], {"x": 1}])
@pytest.mark.parametrize("template", ["<{{ input.a }}>", "{{ input.a ~ 'x' }}", "{{ ('x' ~ input.a) | upper }}"])
def test_null_lists_and_objects_have_no_text(lab: Lab, template: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        body(lab, {"x": template}, {"a": value})
    assert (caught.value.code, caught.value.field) == ("text", "a")


def test_braces_can_be_written_as_text(lab: Lab) -> None:
    tree = {"x": "{% raw %}{{ a }}{% endraw %}", "y": "}} %} #}", "z": "a{# left out #}b"}
    assert body(lab, tree, {}) == {"x": "{{ a }}", "y": "}} %} #}", "z": "ab"}


# The path context


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a", "a"), ("a b", "a%20b"), ("a/b", "a%2Fb"), ("?", "%3F"), ("#", "%23"), ("%", "%25"), ("a%2fb", "a%252fb"),
        ("%2e%2e", "%252e%252e"), ("...", "..."), ("..a", "..a"), ("a..", "a.."), ("é", "%C3%A9"), ("😀",
         "%F0%9F%98%80"),
        ("\\", "%5C"), ("a:b@c", "a%3Ab%40c"), ("+&=;,", "%2B%26%3D%3B%2C"), ("{{ 7*7 }}", "%7B%7B%207%2A7%20%7D%7D"),
        (" a ", "%20a%20"), ("\u200b", "%E2%80%8B"), ("-._~", "-._~"), (7, "7"), (1.5, "1.5"), (True, "true"),
        ("x" * 3000, "x" * 3000),
    ],
)  # fmt: skip
def test_a_value_in_a_path_is_one_segment(lab: Lab, value: Any, segment: str) -> None:
    assert path(lab, "/things/{{ input.a }}/parts", {"a": value}) == f"/things/{segment}/parts"


@pytest.mark.parametrize("value", ["", " ", "\t\n", ".", "..", "a\nb", "a\x00", "\x7f", None, [], {}, ["a"]])
def test_a_value_that_is_no_segment_is_refused_by_its_parameter(lab: Lab, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        path(lab, "/things/{{ input.a }}/parts", {"a": value})
    assert (len(caught.value.problems), caught.value.field) == (1, "a")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("template", "inputs", "expected"),
    [
        ("/x-{{ input.a }}.{{ input.b }}", {"a": "1/2", "b": "é"}, "/x-1%2F2.%C3%A9"),
        ("/{{ input.a.id }}", {"a": {"id": "1"}}, "/1"),
        ("/{{ input.a | lower }}", {"a": "A/B"}, "/a%2Fb"),
        ("/{{ input.a | segments }}", {"a": "/x y/z%20w/"}, "/x%20y/z%20w"),
        ("/{{ input.a | segments }}", {"a": "x?y#z\n"}, "/x%3Fy%23z%0A"),
        ("/{{ input.a | segments }}", {"a": "/"}, "/"),
    ],
)
def test_paths(lab: Lab, template: str, inputs: Any, expected: str) -> None:
    assert path(lab, template, inputs) == expected


@pytest.mark.parametrize(
    ("template", "inputs"),
    [
        ("/{{ input.a }}{{ input.b }}", {"a": ".", "b": "."}),
        ("/.{{ input.a }}", {"a": "."}),
        ("/{{ input.a | segments }}", {"a": "x/../y"}),
        ("/{{ input.a | segments }}", {"a": "%2e%2e/y"}),
        ("/{{ input.a | segments }}", {"a": "x//y"}),
        ("//{{ input.a }}/x", {"a": "evil.example"}),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(lab: Lab, template: str, inputs: Any) -> None:
    with pytest.raises(InputError) as caught:
        path(lab, template, inputs)
    assert caught.value.code == "path"


# Headers, query, checks


def test_headers_and_query_are_templates_too(lab: Lab) -> None:
    members = {
        "parameters": PARAMETERS, "endpoint": "{{ input.c }} /act", "effect": "write",
        "headers": {"X-A": "{{ input.a }}", "X-B": "b {{ input.b }}"},
        "query": {"a": "{{ input.a }}", "page": {"size": "{{ input.b }}", "cursor": "{{ input.a.none }}"}},
    }  # fmt: skip
    request = lab.plan({"a": 7, "b": True, "c": "PUT"}, None, **members)
    assert (request.method, request.url) == ("PUT", "https://lab.test/v1/act?a=7&page.size=true")
    assert (request.headers["X-A"], request.headers["X-B"]) == ("7", "b true")
    without = lab.plan({"c": "GET"}, None, **members)
    assert (without.url, sorted(without.headers)) == ("https://lab.test/v1/act", ["Accept", "User-Agent"])


@pytest.mark.parametrize(
    ("when", "inputs", "warned"),
    [
        ("{{ input.a is defined }}", {"a": None}, True),
        ("{{ input.a is defined }}", {}, False),
        ("{{ input.a.all is defined }}", {"a": {"all": False}}, True),
        ("{{ input.a.all is defined }}", {"a": {}}, False),
        ("{{ input.a.all is defined }}", {}, False),
        ("{{ input.a | length > 2 }}", {"a": [1, 2, 3]}, True),
        ("{{ input.a | length > 2 }}", {}, False),
        ("{{ input.a == input.b }}", {"a": 1, "b": 1}, True),
        ("{{ input.a == input.b }}", {"a": 1}, False),
        ("{{ input.a == input.b }}", {}, False),
        ("{{ input.a.x }}", {"a": {}}, False),
        ("{{ input.a is undefined }}", {}, True),
    ],
)
def test_a_check_warns_when_its_condition_holds(lab: Lab, when: str, inputs: Any, warned: bool) -> None:
    check = {"when": when, "warn": "is doubtful", "hint": "think", "field": "a"}
    request = lab.plan(inputs, None, parameters=PARAMETERS, checks=[check])
    assert [(warn.message, warn.hint, warn.field) for warn in request.warnings] == (
        [("is doubtful", "think", "a")] if warned else []
    )


# Two ways to read and to evaluate


@pytest.mark.parametrize(
    "path",
    ["input", "input.a", "input.a.b", "input.aB_9.c", "input.and", "input.true.none", "input.in.if.is", "input.if.not"],
)
def test_a_lone_member_is_read_as_by_jinja(path: str) -> None:
    (expression,) = parse(f"{{{{ {path} }}}}", frozenset(("input",)), "file", "place").parts
    assert [expression] == ENVIRONMENT.parse(f"{{{{ {path} }}}}").body[0].nodes


@pytest.mark.parametrize("path", ["inputs.a", "input._a", "input.a.__class__"])
def test_a_lone_member_is_held_to_the_language(path: str) -> None:
    with pytest.raises(SpecError):
        parse(f"{{{{ {path} }}}}", frozenset(("input",)), "file", "place")


EVALUATED = [
    {"x": "{{ input.a }}", "y": {"z": "{{ input.b.c }}"}, "n": 7},
    {"x": {"y": {"z": "{{ input.a.b.c.d }}"}}, "l": ["{{ input.a }}", "{{ input.b.c }}", {"k": "{{ input.c }}"}]},
    {"e": {}, "l": [], "s": "text", "none": None, "i": "{{ input }}"},
    ["{{ input.a }}"],
    "{{ input.a }}",
    "{{ input.a['b'] }}",
]
SPECS = Specs()
EVALUATED += [SPECS.action(name).body for name in SPECS.paths]
EVALUATED += [{key: output.value for key, output in SPECS.action(name).outputs.items()} for name in SPECS.paths]


@examples(60)
@given(
    tree=st.sampled_from(EVALUATED),
    a=json_values | st.fixed_dictionaries({}, optional={"b": json_values}),
    rest=st.dictionaries(st.sampled_from(["b", "c", "userId", "traits", "event"]), json_values),
)
def test_the_evaluator_means_what_jinja_means(tree: Any, a: Any, rest: Any) -> None:
    names = {"input": {"a": a, **rest}, "response": {"body": a, "status": 200, "headers": {}}, "now": "T", "split": {}}
    compiler = Compiler(names.keys(), set("abc"), "file")
    template = compiler.template(compiler.value(tree, "place"), "place")
    slow, fast = by_jinja(template.expression)(names), template.evaluate(names)
    assert (left_out(fast), None if left_out(fast) else fast) == (left_out(slow), None if left_out(slow) else slow)


@pytest.mark.parametrize("key", ['"', "'", '"); import os; ("', "\\", "{", "%s"])
def test_a_key_never_becomes_code(lab: Lab, key: str) -> None:
    assert body(lab, {key: "{{ input.b if input.a else input.c }}"}, {"a": 1, "b": 2, "c": 3}) == {key: 2}
    assert body(lab, {key: "{{ input.b if input.a else input.c }}"}, {}) == {}
