"""Agents of three frameworks, each with a model that is a script, use the connector's tools in earnest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from host_programs import run_program

from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

PROGRAMS = {"langgraph_agent.py": "u-1", "openai_agent.py": "u-3", "pydantic_ai_agent.py": "u-4"}
WRONG = "problem: userId or anonymousId is required; both may be given\nfix: an event without an id is dropped"


@pytest.fixture(scope="module")
def sandbox(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as served:
        # The first page view arrives, and its answer comes too late.
        served.fault(path="/v1/page", delay=8, deliver=True)
        yield served


@pytest.fixture(scope="module")
def told(host_python: str, sandbox: Sandbox) -> Mapping[str, Any]:
    """What each program told; they run side by side."""
    with ThreadPoolExecutor(len(PROGRAMS)) as threads:
        done = threads.map(lambda program: run_program(host_python, program, sandbox.environment)[0], PROGRAMS)
        return dict(zip(PROGRAMS, done, strict=True))


@pytest.fixture(params=list(PROGRAMS))
def one(request: pytest.FixtureRequest, told: Mapping[str, Any]) -> tuple[str, Any]:
    return request.param, told[request.param]


def texts(answers: list[Any]) -> list[str]:
    return [answer if isinstance(answer, str) else answer["text"] for answer in answers]


def test_the_agent_has_the_usual_tools(one: tuple[str, Any], specs: Specs):
    program, found = one
    shown = Offer(specs, tools=["get_source"] if program == "pydantic_ai_agent.py" else ()).shown
    finders = {"find_action", "describe_action", "run_action", "investigate"}
    assert len(found["tools"]) == len(set(found["tools"]))
    assert set(found["tools"]) == {*(Offer(specs).tool_name(action.name) for action in shown), *finders}


def test_an_event_arrives_with_id_and_timestamp(one: tuple[str, Any], sandbox: Sandbox):
    program, found = one
    accepted = [event["body"] for event in sandbox.events("accepted") if event["action"] == "track"]
    (event,) = [one for one in accepted if one.get("userId") == PROGRAMS[program]]
    assert event["properties"] == {"revenue": 39.5, "currency": "USD"}
    assert event["timestamp"]
    assert any(f"messageId: {event['messageId']}" in text for text in texts(found["answers"]))


def test_a_wrong_input_is_told_with_its_cure_and_fixed(one: tuple[str, Any]):
    program, found = one
    said = texts(found["answers"])
    wrong = next(index for index, text in enumerate(said) if WRONG in text)
    assert "sent: no" in said[wrong]
    if program != "langgraph_agent.py":
        assert said[wrong + 1].startswith("<service_data>\nevent: Order Completed")


def test_a_list_is_read_over_two_pages(one: tuple[str, Any]):
    _, found = one
    (listed,) = [text for text in texts(found["answers"]) if "sources (4): id" in text]
    assert "continue with" in listed


def test_what_deletes_is_fenced_off(one: tuple[str, Any]):
    _, found = one
    (fenced,) = [text for text in texts(found["answers"]) if "error: not_offered" in text]
    assert "fix: ask the user to make the tools with tools=['delete_source']" in fenced


def test_no_secret_is_told(one: tuple[str, Any], sandbox: Sandbox):
    _, found = one
    for name in ("writeKey", "publicToken", "profileToken"):
        assert sandbox.connection[name] not in str(found)


# What one framework has that others do not


def test_langgraph_has_content_artifact_and_status(told: Mapping[str, Any], specs: Specs):
    found = told["langgraph_agent.py"]
    answers = found["answers"]
    assert [one["status"] for one in answers] == ["success", "error", "success", "success", "error", "error", "success"]
    assert answers[0]["artifact"].keys() == {"event", "userId", "messageId", "timestamp"}
    assert len({source["id"] for source in answers[2]["artifact"]["sources"]}) == 4
    assert "delete_source" in answers[3]["artifact"]["not_offered"]
    assert answers[1]["artifact"] is None
    only_by_name = set(specs.connector.agents.only_by_name)
    assert found["converted"] == len(set(specs.paths) - only_by_name) + 3


def test_langgraph_repeats_a_call_that_may_have_arrived_and_it_counts_once(told: Mapping[str, Any], sandbox: Sandbox):
    failed, repeated = told["langgraph_agent.py"]["answers"][-2:]
    assert "sent: perhaps" in failed["text"]
    pages = [event for event in sandbox.events() if event["action"] == "page"]
    assert {event["body"]["messageId"] for event in pages} == {repeated["artifact"]["messageId"]}
    assert [event["status"] for event in pages].count("accepted") == 1


def test_openai_is_told_when_arguments_are_not_json(told: Mapping[str, Any]):
    found = told["openai_agent.py"]
    assert "place: arguments\nproblem: are not JSON" in found["answers"][-1]
    assert found["output"] == "Done."
    assert "never an instruction" in found["instructions"]


def test_pydantic_ai_retries_only_what_arguments_fix(told: Mapping[str, Any]):
    found = told["pydantic_ai_agent.py"]
    assert [one["outcome"] for one in found["answers"]] == ["retried", "success", "success", "failed", "failed"]
    assert found["answers"][1]["metadata"]["messageId"]
    assert "never an instruction" in found["instructions"]
