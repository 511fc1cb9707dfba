"""Inputs as hosts send them, by the table that all hosts share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segment_connector import InputError
from segment_connector.hosts.host_inputs import read_host_inputs
from segment_connector.language.action_records import Action
from segment_connector.language.specs import Specs
from segment_connector.language.yaml_reader import read
from segment_connector.schema.validator import Validator

CASES = read(Path(__file__).parents[1] / "data" / "host_inputs.yaml")


@pytest.fixture
def action(specs: Specs) -> Action:
    return specs.action("track")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['sent']!r:.40} as {case['schema']}"[:80])
def test_what_hosts_send_means_what_the_table_says(case: dict[str, Any], action: Action, specs: Specs):
    one = replace(action, parameters={"value": case["schema"]}, required=(), rules=())
    outcomes = {"means", "absent", "stays", "refused"} & case.keys()
    assert len(outcomes) == 1
    form = case.get("form", False)
    if "refused" in case:
        with pytest.raises(InputError) as refused:
            read_host_inputs(one, {"value": case["sent"]}, specs.action, empty_is_absent=form)
        (problem,) = refused.value.problems
        assert (problem.code, problem.field) == (case["refused"], "value")
        assert case["cure"] in (problem.hint or "")
        return
    found = read_host_inputs(one, {"value": case["sent"]}, specs.action, empty_is_absent=form)
    expected = case["sent"] if "stays" in case else case.get("means")
    assert found == ({} if "absent" in case else {"value": expected})
    assert type(found.get("value")) is type(expected)
    taken = not Validator(one.input_schema).problems(found)
    assert taken is (case.get("stays") != "refused")


def test_extra_keys_stay_but_for_those_that_the_host_names(action: Action, specs: Specs):
    given = {"event": "E", "userId": "u", "context": {}, "conection": "a", "sessionId": None}
    found = read_host_inputs(action, given, specs.action, own_keys=["sessionId", "context"])

    assert found == {"event": "E", "userId": "u", "context": {}, "conection": "a"}


@pytest.mark.parametrize(
    "given", ['{"event": "E", "properties": "{\\"price\\": 5}"}', {"event": "E", "properties": {"price": 5}}]
)
def test_all_inputs_may_be_one_json_text(action: Action, specs: Specs, given: Any):
    assert read_host_inputs(action, given, specs.action) == {"event": "E", "properties": {"price": 5}}


def test_no_inputs_are_none(action: Action, specs: Specs):
    assert read_host_inputs(action, None, specs.action) == {}
    assert read_host_inputs(action, "", specs.action, empty_is_absent=True) == {}


@pytest.mark.parametrize(
    ("given", "code"), [("{'a': 1}", "json"), ("={{ $json }}", "expression"), ("a", "type"), ([], "type")]
)
def test_what_is_no_inputs_is_refused(action: Action, specs: Specs, given: Any, code: str):
    with pytest.raises(InputError) as refused:
        read_host_inputs(action, given, specs.action)
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == (code, "inputs")
    assert problem.hint


def test_every_place_that_a_host_can_fix_is_named(specs: Specs):
    entry = {"type": "track", "event": "E", "userId": "u", "properties": "{{ $json }}", "context": "{'ip': 1}"}
    with pytest.raises(InputError) as refused:
        read_host_inputs(specs.action("batch"), {"batch": [entry]}, specs.action)
    found = [(problem.code, problem.field) for problem in refused.value.problems]
    assert found == [("expression", "batch.0.properties"), ("json", "batch.0.context")]
