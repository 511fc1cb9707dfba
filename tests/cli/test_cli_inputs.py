"""Inputs on the command line: ``-p name=text``, ``-p name:=JSON``, ``--input``; what they mean and what is refused."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli, program
from hypothesis import example, given
from hypothesis import strategies as st

from segment_connector import Connector, InputError
from segment_connector.cli.input_arguments import read_inputs
from segment_connector.cli.show_command import example_line
from segment_connector.language.action_records import Example


def body_of(*arguments: str, stdin: str | bytes | None = None) -> Any:
    said = cli("preview", "track", *arguments, "--json", stdin=stdin)
    assert said.code == 0, said.stderr
    return said.json["body"]


def refusal(*arguments: str, action: str = "track", stdin: str | bytes | None = None) -> list[str]:
    said = cli("preview", action, *arguments, stdin=stdin)
    assert (said.code, said.stdout) == (2, "")
    return said.errors


@pytest.mark.parametrize(
    ("param", "values"),
    [
        ("event=Order Completed", {"event": "Order Completed"}),
        ("event=14.99", {"event": "14.99"}),
        ("event=true", {"event": "true"}),
        ("event=", {"event": ""}),
        ("event={{ 7*7 }}", {"event": "{{ 7*7 }}"}),
        ("event=a=b:=c", {"event": "a=b:=c"}),
        ("event== :=", {"event": "= :="}),
        ("a:=14.99", {"a": 14.99}),
        ("a:= null ", {"a": None}),
        ('a:={"b": [1, "2"]}', {"a": {"b": [1, "2"]}}),
        ("a:=123456789012345678901234567890", {"a": 123456789012345678901234567890}),
        ("a.b.c=x", {"a": {"b": {"c": "x"}}}),
        (r"a\.b.c=x", {"a.b": {"c": "x"}}),
        (r"a\=b=x", {"a=b": "x"}),
        (r"a\:=x", {"a:": "x"}),
        (r"a\::=1", {"a:": 1}),
        (r"a\\=x", {"a\\": "x"}),
        (r"C\dir=x", {"C\\dir": "x"}),
        ("a:b=x", {"a:b": "x"}),
        ("0=x", {"0": "x"}),
        ("a b=x", {"a b": "x"}),
    ],
)
def test_what_a_parameter_means(param, values):
    assert read_inputs((param,), None).values == values


def test_parameters_are_put_together():
    given = read_inputs(("a.b=1", "a.c:=2", 'd:={"e": 1}', "d.f=2"), None).values
    assert given == {"a": {"b": "1", "c": 2}, "d": {"e": 1, "f": "2"}}


NO_JSON = "write text as -p a=TEXT, and JSON in quotes of the shell"


@pytest.mark.parametrize(
    ("params", "errors"),
    [
        (["event"], ["-p event: has no value", "write -p event=TEXT or -p event:=JSON"]),
        (["a b"], ["-p a b: has no value", "write -p 'a b'=TEXT or -p 'a b':=JSON"]),
        (["=x"], ["-p: has an empty name", r"write -p name=value; '\.' is a dot that belongs to the name"]),
        (["a..b=x"], ["-p a..b: has an empty name", r"write -p name=value; '\.' is a dot that belongs to the name"]),
        ([".a:=1"], ["-p .a: has an empty name", r"write -p name=value; '\.' is a dot that belongs to the name"]),
        (["a=1", "a=2"], ["a: is given twice", "give each parameter once"]),
        (["a.b=1", "a:={}"], ["a: would replace 'a.b', which was given before", "give each parameter once"]),
        (['a:={"b": 1}', "a.b=2"], ["a.b: is given twice", "give each parameter once"]),
        (["a=1", "a.b=2"],
         ["a.b: 'a' is not an object, so it has no properties", "write the whole of it as -p a:=JSON"]),
        (["a.b:=[1]", "a.b.c.d=2"],
         ["a.b.c.d: 'a.b' is not an object, so it has no properties", "write the whole of it as -p a.b:=JSON"]),
        (["a:=Order"],
         ["a: is not valid JSON: expecting value (line 1, column 1)", NO_JSON]),
        (["a:="],
         ["a: is not valid JSON: expecting value (line 1, column 1)", NO_JSON]),
        (['a:={"b": 1, "b": 2}'],
         ["a: is not valid JSON: the name 'b' occurs twice in one object", NO_JSON]),
        (["a:=NaN"],
         ["a: is not valid JSON: JSON has no NaN", NO_JSON]),
        (["a:=" + "[" * 100_000],
         ["a: is not valid JSON: it is nested too deep", NO_JSON]),
    ],
)  # fmt: skip
def test_what_is_no_parameter(params, errors):
    given = [argument for param in params for argument in ("-p", param)]
    assert refusal(*given) == [f"error: {errors[0]}", f"  hint: {errors[1]}"]


@pytest.mark.parametrize(
    ("params", "field", "hint"),
    [
        (["properties.revenue=14.99"], "properties.revenue", "write -p properties.revenue:=14.99"),
        (["properties.revenue=abc"], "properties.revenue",
         "for example 19.99; what is not text is written properties.revenue:=JSON"),
        (["integrations.Mixpanel=true"], "integrations.Mixpanel", "write -p integrations.Mixpanel:=true"),
        (['properties={"a": "b c"}'], "properties", """write -p properties:='{"a": "b c"}'"""),
        (["userId:=42"], "userId", "write -p userId=42"),
        ([r"integrations.A\.B=true"], "integrations.A.B", r"write -p 'integrations.A\.B':=true"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_cured_by_the_other_spelling(params, field, hint):
    given = [argument for param in [*params, "event=E", "anonymousId=a"] for argument in ("-p", param)]
    errors = refusal(*given)
    place = next(index for index, line in enumerate(errors) if line.startswith(f"error: {field}: "))
    assert errors[place + 1] == f"  hint: {hint}"


def test_other_refusals_keep_their_own_hint():
    errors = refusal("-p", "path=a/../b", action="custom_api_call")
    assert errors[0].startswith("error: path: ")
    assert ":=" not in errors[1]
    errors = refusal("-p", "event=", "-p", "userId=u")
    assert errors[:2] == ["error: event: must not be empty", "  hint: name what happened, for example Order Completed"]


def test_every_problem_is_told_at_once():
    errors = refusal("-p", "evnt=E", "-p", "timestamp=yesterday", "-p", "properties.revenue=1")
    fields = {line.split(": ")[1] for line in errors if line.startswith("error: ")}
    assert fields == {"event", "evnt", "timestamp", "properties.revenue", "userId"}
    assert "  hint: did you mean 'event'?" in errors


def test_a_secret_parameter_is_not_repeated_in_a_hint(lab):
    lab.write(parameters={"pin": {"type": "integer", "secret": True}, "name": {"type": "string", "secret": True}})
    said = cli("--specs", str(lab.root), "preview", "act", "-p", "pin=12345678", "-p", "name:=12345678")
    assert said.code == 2
    assert "12345678" not in said.stderr


def test_inputs_from_a_file_and_parameters_on_top(tmp_path: Path):
    file = tmp_path / "input.json"
    file.write_text('{"event": "Ä", "userId": "u", "properties": {"a": 1, "b": 2}}', encoding="utf-8")
    body = body_of("--input", str(file), "-p", "properties.b=two", "-p", "event=E")
    assert (body["event"], body["properties"]) == ("E", {"a": 1, "b": "two"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_inputs_from_stdin(encoding):
    assert (
        body_of("--input", "-", stdin='{"event": "Zamówienie", "userId": "u"}'.encode(encoding))["event"]
        == "Zamówienie"
    )


@pytest.mark.parametrize(
    ("stdin", "error"),
    [
        (b"", "is not valid JSON: expecting value (line 1, column 1)"),
        (b'{"event": "E",}', "is not valid JSON: "),
        (b'{"event": "\xff"}', "is not valid JSON: byte 12 is not UTF-8"),
        (b'["event"]', "must be a JSON object"),
        (b'{"a": 1, "a": 2}', "is not valid JSON: the name 'a' occurs twice in one object"),
        (b'{"a": -Infinity}', "is not valid JSON: JSON has no -Infinity"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not valid JSON: "),
    ],
)
def test_an_input_that_is_no_json_object(stdin, error):
    errors = refusal("--input", "-", stdin=stdin)
    assert errors[0].startswith(f"error: stdin: {error}")
    assert errors[1] == '  hint: write the parameters as one object, {"name": "value"}'


def test_an_input_file_that_is_not_there():
    errors = refusal("--input", "no/such.json")
    assert errors == [
        "error: no/such.json: the file cannot be read: No such file or directory",
        "  hint: check its name",
    ]


def test_an_integer_of_more_than_64_bits_is_refused_and_not_rounded():
    errors = refusal("-p", "event=E", "-p", "userId=u", "-p", "properties.n:=123456789012345678901234567890")
    assert errors[0] == "error: properties.n: is an integer of more than 64 bits"


@pytest.mark.parametrize("levels", [101, 500, 900])
def test_what_is_nested_too_deep_is_refused(levels):
    errors = refusal("-p", "event=E", "-p", "userId:=1", "-p", f"properties.a:={'[' * levels}{']' * levels}")
    assert errors[0].endswith("nested more than 100 levels deep, or holds itself")


def test_a_program_without_stdin_has_no_inputs():
    closed = "import sys, os\nos.close(0)\nsys.stdin = None\nfrom segment_connector.cli import main\nmain()"
    said = program("preview", "track", "--input", "-", code=closed)
    assert (said.code, said.errors[0]) == (2, "error: stdin: is not valid JSON: expecting value (line 1, column 1)")


def typed(line: str) -> dict[str, Any]:
    """The inputs that a command line for ``run`` gives."""
    words = shlex.split(line)
    assert words[:2] == ["segment-connector", "run"]
    assert set(words[3::2]) <= {"-p"}
    return read_inputs(tuple(words[4::2]), None).values


@pytest.mark.unmeasured
def test_the_examples_of_every_action_can_be_typed(subtests: pytest.Subtests):
    for name in sorted(Connector.load().actions):
        with subtests.test(name):
            for one in Connector.load().actions[name].examples:
                assert typed(example_line("segment-connector", name, one)) == one.input


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=6),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1), JSON_VALUES, max_size=4))
@example({"a.b=c:d\\": {"": 1, "x": {}}, "'": "it's $HOME `id` \n", "-p": {"=": "=", ":": ":="}})
def test_every_json_object_can_be_typed(inputs):
    one = Example(title="", input=inputs, request={}, response={}, output={})
    assert typed(example_line("segment-connector", "act", one)) == inputs


@given(st.text())
def test_no_parameter_raises_anything_but_an_input_error(param):
    with suppress(InputError):
        read_inputs((param,), None)


def test_json_that_is_typed_is_read_as_json_does():
    text = json.dumps({"a": [1.5, -0.0, 1e300, "\u2028", "\\u0041"]})
    assert read_inputs((f"x:={text}",), None).values["x"] == json.loads(text)
