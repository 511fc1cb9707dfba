"""The tool that answers what takes many calls: the way of an event, its arrival, the state of a workspace."""

from __future__ import annotations

import json

import pytest
from mcp_support import call, data_of, text_of

from segment_connector import Connector
from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.hosts.mcp.mcp_server import ToolServer
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

NAME, SOURCE = "Order Completed", "website"


def test_an_agent_traces_an_event_and_reads_what_keeps_it_back(url: str, sandbox: Sandbox):
    inputs = {"event": NAME, "source": SOURCE, "payload": {"userId": "anna@example.com"}}
    result = call(url, "investigate", {"name": "trace", "inputs": inputs})
    found = result.structured_content
    (amplitude,) = [one for one in found["branches"] if one["name"] == "Amplitude production"]
    assert amplitude["state"] == "shut"
    assert [one["title"] for one in amplitude["findings"]] == ["Filter 'No events of our own staff'"]
    assert "it drops the event" in data_of(result)  # between tags: what the workspace says is data
    assert sandbox.connection["publicToken"] not in json.dumps(found)


def test_an_agent_asks_whether_something_arrived(url: str):
    found = call(url, "investigate", {"name": "arrived", "inputs": {"event": ["Never Sent"], "source": SOURCE}})
    assert found.structured_content["verdict"] == "There is no evidence that it arrived."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "trase"}, "did you mean 'trace'?"),
        ({"name": "trace", "inputs": {"event": NAME, "source": "websit"}}, "no source is called 'websit'"),
        ({"name": "trace", "inputs": {"evnt": NAME}}, "evnt"),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(url: str, arguments: dict[str, object], said: str):
    result = call(url, "investigate", arguments)
    assert result.is_error
    assert said in text_of(result)


@pytest.mark.parametrize("fence", [{"allow": ["write"]}, {"groups": ["sources"]}])
def test_who_may_not_read_everything_is_not_offered_it(specs: Specs, fence: dict[str, list[str]]):
    server = ToolServer(Connector(specs), Offer(specs, **fence), lambda _: {})
    assert "investigate" not in {tool.name for tool in server._tools.tools}
