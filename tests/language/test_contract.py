"""The workspace actions against the recorded facts of Segment's Public API: nothing missing, nothing made up.

The facts are not part of this project; where they are not beside it, there is nothing to compare with. What they say is
held in ``data/compatibility.json`` too, which is always there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.language.specs import Specs

FACTS = Path(__file__).parents[3] / "shared" / "reference" / "public-api.json"
OPERATIONS: dict[str, Any] = (
    {one["python_name"]: one for one in json.loads(FACTS.read_text())["operations"].values()} if FACTS.is_file() else {}
)
MEDIA = {
    "stable": "application/json",
    "beta": "application/vnd.segment.v1beta+json",
    "alpha": "application/vnd.segment.v1alpha+json",
}
pytestmark = pytest.mark.unmeasured

SPECS = Specs()


def test_every_operation_is_an_action_and_no_other_claims_to_be_one():
    if not OPERATIONS:
        return  # the facts are not beside the project
    ours = {summary.name for summary in SPECS.summaries() if summary.api == "public"}

    assert set(OPERATIONS) == ours


def test_an_action_is_what_the_operation_is(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            endpoint = action.endpoint

            assert facts["method"] == endpoint.method
            assert facts["path"] == re.sub(r"\{\{ input\.(\w+) \}\}", r"{\1}", endpoint.path)
            assert facts["success_status"] == endpoint.status
            assert facts["stability"].replace("v1", "stable") == action.stability
            limit = (facts["rate_limit_per_minute"], 60) if "rate_limit_per_minute" in facts else (None, None)
            assert limit == (action.limits.requests, action.limits.seconds)


def test_every_parameter_stands_where_the_operation_has_it(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            in_query = {one["name"]: one for one in facts["query_params"]}
            body = facts["body"] or {"properties": {}}
            names = [one["name"] for one in facts["path_params"]] + list(in_query) + list(body["properties"])

            assert sorted(names) == sorted(action.parameters)
            assert {one: f"{{{{ input.{one} }}}}" for one in in_query} == (action.endpoint.query or {})
            assert {one: f"{{{{ input.{one} }}}}" for one in body["properties"]} == (action.body or {})
            assert (facts["body"] is None) == (action.body is None)
            required = {one["name"] for one in facts["path_params"]}
            required |= {one["name"] for one in in_query.values() if one["required"]} | set(body.get("required", ()))
            assert sorted(required) == sorted(action.required)


def test_every_parameter_has_the_type_that_the_operation_gives_it_to_full_depth(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            schemas = {one["name"]: {"type": "string"} for one in facts["path_params"]}
            for one in facts["query_params"]:
                schemas[one["name"]] = one.get("schema") or {
                    key: one[key] for key in ("type", "enum", "items") if key in one
                }
            schemas.update((facts["body"] or {"properties": {}})["properties"])

            differences = [
                difference
                for parameter, schema in schemas.items()
                for difference in _differences(schema, action.parameters[parameter], parameter)
            ]

            assert differences == []


def test_the_outputs_are_the_members_of_data_to_full_depth(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            members = facts["response_data_schema"]["properties"]

            assert list(members) == list(action.outputs)
            differences = []
            for member, schema in members.items():
                output = action.outputs[member]
                assert f"{{{{ response.body.data.{member} }}}}" == output.value
                differences += _differences(schema, {"type": output.type, **output.schema}, member, exact=True)
            assert differences == []


def test_a_list_is_walked_by_the_places_of_its_cursors(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            asked = [one.removeprefix("query:") for one in facts.get("pagination_inputs", ())]
            answered = [one.removeprefix("data.") for one in facts["response_pagination_keys"]]
            cursors = ["cursor" if one == "cursor,count" else f"{one}.cursor" for one in asked]

            if not (asked and answered):
                assert action.paging == ()
                continue
            assert sorted(cursors) == sorted(paging.cursor for paging in action.paging)
            assert sorted(f"{one}.next" for one in answered) == sorted(paging.next for paging in action.paging)
            lists = {one.removeprefix("data.") for one in facts["response_list_keys"]}
            assert {paging.items for paging in action.paging} <= lists


def test_the_request_says_its_version_by_its_media_type(subtests: pytest.Subtests):
    for name, facts in OPERATIONS.items():
        with subtests.test(name):
            action = SPECS.action(name)
            request = Connector(SPECS).plan(name, action.examples[0].input, {"publicToken": "token"})

            expected = MEDIA[facts["stability"].replace("v1", "stable")]
            assert expected == request.headers["Accept"]
            assert (expected if facts["body"] else None) == request.headers.get("Content-Type")
            if facts["method"] == "DELETE":
                assert request.content is None


def _differences(facts: Any, ours: Any, place: str, *, exact: bool = False) -> list[str]:
    """Where two JSON Schemas allow different values; words for people and bounds beside them do not count."""
    found = []
    facts, ours = _flat(facts), _flat(ours)
    if facts.get("anyOf"):
        theirs, own = facts["anyOf"], ours.get("anyOf", ())
        if len(theirs) != len(own):
            return [f"{place}: {len(theirs)} forms, ours has {len(own)}"]
        return [one for a, b in zip(theirs, own, strict=True) for one in _differences(a, b, f"{place}()", exact=exact)]
    if facts.get("type") and facts["type"] != ours.get("type"):
        found.append(f"{place}: type {facts['type']}, ours {ours.get('type')}")
    listed, ours_listed = set(facts.get("enum") or ()), set(ours.get("enum") or ()) - {None}
    if (listed or exact) and listed != ours_listed:
        found.append(f"{place}: enum {sorted(listed)}, ours {sorted(ours_listed)}")
    properties, own = facts.get("properties", {}), ours.get("properties", {})
    if set(properties) != set(own):
        found.append(f"{place}: members {sorted(properties)}, ours {sorted(own)}")
    if set(facts.get("required", ())) != set(ours.get("required", ())):
        found.append(f"{place}: required {facts.get('required')}, ours {ours.get('required')}")
    for name in properties.keys() & own.keys():
        found += _differences(properties[name], own[name], f"{place}.{name}", exact=exact)
    if isinstance(facts.get("items"), dict):
        found += _differences(facts["items"], ours.get("items", {}), f"{place}[]", exact=exact)
    if isinstance(facts.get("additionalProperties"), dict):
        found += _differences(facts["additionalProperties"], ours.get("additionalProperties", {}), f"{place}{{}}")
    return found


def _flat(schema: Any) -> dict[str, Any]:
    """A schema with ``anyOf`` of one form and null written as a type with null, and nested forms in one list."""
    schema = dict(schema)
    forms: list[Any] = []
    for form in schema.get("anyOf", ()):
        forms.extend(form["anyOf"] if set(form) == {"anyOf"} else [form])
    real = [form for form in forms if form != {"type": "null"}]
    if len(real) == 1 and len(forms) == 2:
        schema = {**real[0], "type": [real[0]["type"], "null"]}
    elif forms:
        schema["anyOf"] = forms
    if isinstance(schema.get("type"), list):
        schema["type"] = sorted(schema["type"])
    return schema
