"""Arguments as models and forms send them: taken where the schema leaves one meaning, left to the core otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_support import call, data_of, text_of

from segment_connector import InputError
from segment_connector.hosts.agent_tools.arguments import Wanted, read
from segment_connector.hosts.host_inputs import as_meant
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

OBJECT = {"type": "object", "properties": {"count": {"type": "integer"}, "name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("given", "schema", "meant"),
    [
        ('{"count": "5"}', OBJECT, {"count": 5}),
        ({"count": "5", "name": "5"}, OBJECT, {"count": 5, "name": "5"}),
        ({"count": None, "name": None, "own": None}, OBJECT, {"own": None}),
        ({"name": None}, {"properties": {"name": {"type": ["string", "null"]}}}, {"name": None}),
        ("[1, 2]", {"type": "array"}, [1, 2]),
        ('["1", "2"]', {"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ("19.99", {"type": "number"}, 19.99),
        ("5", {"type": ["integer", "null"]}, 5),
        ("true", {"type": "boolean"}, True),
        # More than one meaning, or none.
        ("5", {"type": ["string", "number"]}, "5"),
        ("5", {}, "5"),
        ("five", {"type": "integer"}, "five"),
        ("5.5", {"type": "integer"}, "5.5"),
        ("true", {"type": "integer"}, "true"),
        ("NaN", {"type": "number"}, "NaN"),
        ("yes", {"type": "boolean"}, "yes"),
        ('{"a": 1, "a": 2}', {"type": "object"}, '{"a": 1, "a": 2}'),
        ("[1]", {"type": "object"}, "[1]"),
        (5, {"type": "string"}, 5),
        ("{" * 100_000, {"type": "object"}, "{" * 100_000),
        ("1", {"anyOf": [{"type": "boolean"}, {"type": "integer"}]}, 1),
        ("1", {"anyOf": [{"type": "boolean"}, {"type": "string"}]}, "1"),
    ],
)
def test_what_has_one_meaning_is_taken(given: Any, schema: dict[str, Any], meant: Any):
    found = as_meant(given, schema)
    assert found == meant
    assert type(found) is type(meant)


def test_entries_of_a_list_of_calls_are_read_as_the_actions_that_they_name(specs: Specs):
    event = {"type": "track", "event": "E", "userId": "u", "properties": '{"revenue": "19.99"}', "context": None}
    events = json.dumps([event])
    inputs, wanted = read(specs.action("batch"), {"batch": events}, specs.action)

    assert inputs == {"batch": [{"type": "track", "event": "E", "userId": "u", "properties": {"revenue": 19.99}}]}
    assert wanted == Wanted()


def test_what_is_wanted_of_a_list_is_no_input(specs: Specs):
    given = {"max_items": "5", "skip": "2", "fields": '["id"]', "pagination": None}
    assert read(specs.action("list_sources"), given, specs.action) == ({}, Wanted(5, 2, ("id",)))


@pytest.mark.parametrize(
    ("action", "given", "field", "message"),
    [
        ("list_sources", {"max_items": 0}, "max_items", "must be a whole number from 1 to 1000"),
        ("list_sources", {"max_items": 2.5}, "max_items", "must be a whole number from 1 to 1000"),
        ("list_sources", {"skip": -1}, "skip", "must be a whole number of 0 or more"),
        ("list_sources", {"fields": "id"}, "fields", "must be a list of names"),
        ("list_sources", {"fields": [""]}, "fields", "must be a list of names"),
        ("track", {"fields": ["id"]}, "fields", "'track' reads nothing to choose from"),
        ("track", {"skip": 1}, "skip", "'track' does not return a list"),
        ("get_source", {"max_items": 1}, "max_items", "'get_source' does not return a paged list"),
    ],
)
def test_what_cannot_be_wanted_is_told(specs: Specs, action: str, given: dict[str, Any], field: str, message: str):
    with pytest.raises(InputError) as refused:
        read(specs.action(action), given, specs.action)
    (problem,) = refused.value.problems
    assert (problem.field, problem.message) == (field, message)
    assert problem.hint


def test_a_client_that_sends_text_for_everything_is_understood(url: str, sandbox: Sandbox):
    before = len(sandbox.events())
    inputs = '{"event": "E", "userId": "u", "properties": "{\\"revenue\\": \\"19.99\\"}", "timestamp": null}'
    result = call(url, "run_action", {"action": "track", "inputs": inputs, "max_items": None})

    assert not result.is_error, text_of(result)
    assert "outputs.event: E" in data_of(result)
    (event,) = sandbox.events()[before:]
    assert event["body"]["properties"] == {"revenue": 19.99}


def test_what_has_no_one_meaning_is_refused_by_the_core(url: str):
    result = call(url, "track", {"event": "E", "userId": 5, "properties": "revenue=5"})

    assert "place: userId\nproblem: must be text, not a whole number 5" in text_of(result)
    assert "place: properties\nproblem: must be an object, not text" in text_of(result)
