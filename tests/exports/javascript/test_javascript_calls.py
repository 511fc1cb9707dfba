"""The connector in JavaScript makes the requests, the outputs and the words that Python makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from faultserver import HandClock

from segment_connector import Connector, InputError
from segment_connector.language.specs import Specs
from segment_connector.language.yaml_reader import read

Ask = Callable[[Iterable[dict[str, Any]]], list[dict[str, Any]]]
KEY = "s3cr3t-write-key"
CONNECTION = {"writeKey": KEY, "publicToken": "s3cr3t-public", "profileToken": "s3cr3t-profile", "spaceId": "spa_1"}


def test_every_example_becomes_the_request_that_python_makes(
    ask: Ask, python: Connector, specs: Specs, clock: HandClock, subtests: pytest.Subtests
) -> None:
    space = python.spec.connection.properties["spaceId"]["examples"][0]
    connection = {**CONNECTION, "spaceId": space}
    cases = [(name, example) for name in specs.paths for example in specs.action(name).examples]
    asked = ask(
        {"ask": "plan", "action": name, "input": one.input, "connection": connection, "response": one.response}
        for name, one in cases
    )
    assert len(asked) == len(cases) >= 2 * len(specs.paths)
    for (name, example), answer in zip(cases, asked, strict=True):
        with subtests.test(f"{name}: {example.title}"):
            clock.ids = 0
            request = python.plan(name, example.input, connection)
            assert "value" in answer, answer
            found = answer["value"]["requests"][0]
            assert found["method"] == request.method
            assert found["url"] == request.url
            assert found["headers"] == request.headers
            assert found.get("body") == request.body
            content = found.get("content")
            assert (content and json.loads(content)) == (request.content and json.loads(request.content))
            outputs = answer["value"]["outputs"]
            assert {key: outputs[key] for key in example.output} == example.output
            assert len(answer["value"]["requests"]) == request.sent_as
            assert "s3cr3t" not in json.dumps({**found, "signed": None})
            assert "Authorization" in found["signed"]["headers"]


def wrong_inputs(specs: Specs) -> list[tuple[str, dict[str, Any]]]:
    """Inputs of every action that are wrong in one place, each in another way."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name in specs.paths:
        action, example = specs.action(name), specs.action(name).examples[0].input
        found += [(name, {key: one for key, one in example.items() if key != lost}) for lost in action.required]
        found.append((name, {**example, "idd": 1}))
        for key, schema in action.parameters.items():
            for value in ("", " ", "x", "5", 0, 5, 1.5, True, [], ["x", 5], {}, {"x": 1}, None, "x" * 300, -(10**9)):
                found.append((name, {**example, key: value}))
            for member in schema.get("properties", {}):
                found += [(name, {**example, key: {member: value}}) for value in ("", "x", 5, [], {}, None)]
    return found


@pytest.mark.unmeasured
def test_what_is_wrong_is_told_in_the_words_of_python(ask: Ask, python: Connector, specs: Specs) -> None:
    cases = wrong_inputs(specs)
    asked = ask(
        {"ask": "plan", "action": name, "input": given, "connection": {**CONNECTION, "region": "us"}}
        for name, given in cases
    )
    refused = 0
    different = []
    for (name, given), answer in zip(cases, asked, strict=True):
        try:
            python.plan(name, given, CONNECTION)
            problems = []
        except InputError as error:
            problems = [[one.code, one.message, one.hint, one.field] for one in error.problems]
            refused += 1
        told = [[one["code"], one["message"], one.get("hint"), one.get("field")] for one in answer.get("problems", [])]
        if told != problems:
            different.append((name, given, problems, told))
    assert refused > 2_000
    assert different[:3] == []


def test_a_connection_is_checked(ask: Ask) -> None:
    wrong = {"writeKey": "with blank", "region": "de", "publicTokn": "s3cr3t"}
    asked = {"ask": "plan", "action": "track", "input": {"event": "E", "userId": "u"}}
    first, second, third = ask(
        [{**asked, "connection": wrong}, {**asked, "connection": {}}, {**asked, "connection": {"writeKey": ""}}]
    )
    assert [(one["code"], one["field"]) for one in first["problems"]] == [
        ("unknown", "publicTokn"), ("enum", "region"), ("pattern", "writeKey"),
    ]  # fmt: skip
    assert "with blank" not in json.dumps(first)
    assert second == third
    assert second["problems"][0]["code"] == "missing_credential"
    assert "copy the write key" in second["problems"][0]["hint"]


TABLE = read(Path(__file__).parents[2] / "data" / "host_inputs.yaml")


def test_what_hosts_send_means_what_the_table_says(ask: Ask, subtests: pytest.Subtests) -> None:
    asked = ask(
        {"ask": "inputs", "schema": one["schema"], "sent": one["sent"], "form": one.get("form")} for one in TABLE
    )
    for case, answer in zip(TABLE, asked, strict=True):
        with subtests.test(f"{case['sent']!r:.40} as {case['schema']}"[:80]):
            if "refused" in case:
                (problem,) = answer["problems"]
                assert (problem["code"], problem["field"]) == (case["refused"], "value")
                assert case["cure"] in problem["hint"]
                continue
            expected = case["sent"] if "stays" in case else case.get("means")
            assert answer["value"] == ({} if "absent" in case else {"value": expected})


def test_numbers_that_javascript_would_change_are_no_inputs(ask: Ask) -> None:
    large, whole = ask(
        [
            {
                "ask": "read",
                "action": "track",
                "given": {"event": "E", "properties": '{"order": 12345678901234567890}'},
            },
            {"ask": "read", "action": "list_sources", "given": {"pagination": '{"count": "2"}'}},
        ]
    )
    assert "more digits than JavaScript keeps" in large["problems"][0]["message"]
    assert whole["value"] == {"pagination": {"count": 2}}


COPIED: list[tuple[str, Any]] = [
    ("5n", 5), ("new Number(5)", 5), ("new String('x')", "x"),
    ("{a: undefined, b: 1}", {"b": 1}), ("[undefined]", [None]),
    ("new Date(0)", "1970-01-01T00:00:00.000Z"), ("{toJSON: () => '1.5'}", "1.5"), ("Object.create(null)", {}),
    ("JSON.parse('{\"__proto__\": {\"x\": 1}}')", {"__proto__": {"x": 1}}),
    ("require => 1", "is a JavaScript 'function'"), ("Symbol('s')", "is a JavaScript 'symbol'"),
    ("NaN", "is not a finite number"), ("-Infinity", "is not a finite number"),
    ("12345678901234567890n", "more digits"),
    ("new Date('x')", "is a date that there is not"), ("{toJSON: () => null}", "is a date that there is not"),
    ("new Map([['a', 1]])", "is a JavaScript 'Map'"), ("new Set([1])", "is a JavaScript 'Set'"),
    ("Buffer.from('s3cr3t')", "is a JavaScript 'Uint8Array'"),
    ("new Float32Array(1)", "is a JavaScript 'Float32Array'"),
    ("new Error('s3cr3t')", "is a JavaScript 'Error'"), ("/s3cr3t/", "is a JavaScript 'RegExp'"),
    ("Promise.resolve(1)", "is a JavaScript 'Promise'"), ("'\\ud800'", "broken character"),
    ("(() => { const a = {}; a.a = a; return a; })()", "or holds itself"),
]  # fmt: skip


def test_values_that_json_does_not_have_are_turned_into_it_or_refused(ask: Ask, subtests: pytest.Subtests) -> None:
    for (code, expected), answer in zip(
        COPIED, ask({"ask": "copied", "code": code} for code, _ in COPIED), strict=True
    ):
        with subtests.test(code):
            if "problems" not in answer:
                assert answer["value"] == {"a": [expected]}
                continue
            (problem,) = answer["problems"]
            assert expected in problem["message"]
            assert problem["hint"]
            assert problem["field"].startswith("a.0")
            assert "s3cr3t" not in json.dumps(answer)


def test_json_that_cannot_be_read_is_not_quoted(ask: Ask) -> None:
    broken = ['{"key": s3cr3t}', "{'key': 's3cr3t'}", '{"key": "s3cr3t', '{"key": "s3cr3t"} x']
    for answer in ask({"ask": "inputs", "schema": {"type": "object"}, "sent": one} for one in broken):
        assert answer["problems"][0]["code"] == "json"
        assert "s3cr3t" not in json.dumps(answer)
