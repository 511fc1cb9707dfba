"""The tools that a program of the user's own makes: what they may do, and what comes of a call."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any, cast

import pytest
from lab import Lab

from segment_connector import ConnectionConfigError, Connector, InputError
from segment_connector.hosts.agent_tools.in_process import toolbox
from segment_connector.hosts.agent_tools.toolbox import NoSuchTool
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

TRACK = {"event": "E", "userId": "u"}


def test_an_event_is_sent_with_or_without_an_event_loop(connector: Connector, sandbox: Sandbox):
    box = toolbox(connector, sandbox.connection)

    async def twice() -> list[Any]:
        # The second one is called as a program does that forgets that a loop runs in its thread.
        return [await box.call("track", TRACK), box.call_and_wait("track", TRACK)]

    before = len(sandbox.events())
    results = [box.call_and_wait("track", TRACK), *asyncio.run(twice())]

    arrived = sandbox.events()[before:]
    assert [result.structured["messageId"] for result in results] == [one["body"]["messageId"] for one in arrived]
    assert all(one["body"]["timestamp"] == "2026-01-31T12:00:00.000Z" for one in arrived)
    assert len({one["body"]["messageId"] for one in arrived}) == 3


def test_the_threads_event_loop_is_left_alone(connector: Connector, sandbox: Sandbox):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        toolbox(connector, sandbox.connection).call_and_wait("track", TRACK)
        assert asyncio.get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@pytest.mark.parametrize(
    ("tool", "arguments", "fixable", "said"),
    [
        ("track", {"event": "E"}, True, "place: userId"),
        ("track", {**TRACK, "evnt": 1}, True, "did you mean 'event'?"),
        ("run_action", {"action": "trak"}, True, "did you mean 'track'?"),
        ("run_action", {"inputs": {}}, True, "place: action"),
        (
            "run_action",
            {"action": "delete_source"},
            False,
            "make the tools with tools=['delete_source']",
        ),
        ("list_labels", {}, False, "place: publicToken"),
        ("get_source", {"sourceId": "none"}, False, "HTTP 404"),
    ],
)
def test_an_error_says_whether_other_arguments_fix_it(
    connector: Connector, sandbox: Sandbox, tool: str, arguments: dict[str, Any], fixable: bool, said: str
):
    connection = {**sandbox.connection}
    if tool == "list_labels":
        del connection["publicToken"]
    box = toolbox(connector, connection, tools="list_labels")
    result = box.call_and_wait(tool, arguments)

    assert said in result.text
    assert (result.is_error, result.fixable, result.structured) == (True, fixable, None)


def test_what_agents_may_do_is_settled_when_the_tools_are_made(connector: Connector, sandbox: Sandbox):
    box = toolbox(connector, sandbox.connection, allow="read", groups=["labels"])
    assert set(box.tools) == {"list_labels", "find_action", "describe_action", "run_action"}

    named = toolbox(connector, sandbox.connection, tools="delete_source")
    assert named.tools["delete_source"].hints.destroys
    usual = toolbox(connector, sandbox.connection).tools
    assert [name for name, one in usual.items() if one.hints.destroys] == ["run_action"]


@pytest.mark.parametrize(
    ("options", "field", "hint"),
    [
        ({"allow": ["delet"]}, "allow", "did you mean 'delete'?"),
        ({"tools": "trak"}, "tools", "did you mean 'track'?"),
        ({"groups": ["label"]}, "groups", "did you mean 'labels'?"),
    ],
)
def test_an_option_that_is_wrong_is_told_in_words_of_python(
    connector: Connector, sandbox: Sandbox, options: Any, field: str, hint: str
):
    with pytest.raises(InputError) as refused:
        toolbox(connector, sandbox.connection, **options)
    assert (refused.value.field, refused.value.hint) == (field, hint)


def test_the_connection_is_that_of_the_environment_unless_another_is_given(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    assert not toolbox().call_and_wait("track", TRACK).is_error
    with pytest.raises(ConnectionConfigError):
        toolbox(connection={"region": "mars"})


def test_a_connection_can_be_asked_for_at_each_call(connector: Connector, sandbox: Sandbox):
    given = [{name: value for name, value in sandbox.connection.items() if name != "writeKey"}, sandbox.connection]
    box = toolbox(connector, lambda: given.pop(0))
    first, second = (box.call_and_wait("track", TRACK) for _ in range(2))
    assert (first.is_error, second.is_error) == (True, False)
    assert "place: writeKey" in first.text


def test_a_call_that_takes_too_long_says_what_to_ask_for(connector: Connector, sandbox: Sandbox):
    sandbox.fault(delay=1)
    try:
        result = toolbox(connector, sandbox.connection, timeout=0.2).call_and_wait("track", TRACK)
    finally:
        sandbox.forget_faults()
    assert "ask the user to make the tools with a longer timeout" in result.text
    assert "sent: perhaps" in result.text
    assert 'repeat: with {"messageId": ' in result.text


def test_a_tool_that_there_is_not_is_told_with_the_nearest(connector: Connector, sandbox: Sandbox):
    with pytest.raises(NoSuchTool, match="did you mean 'track'"):
        toolbox(connector, sandbox.connection).call_and_wait("trak", {})


def test_no_secret_is_shown(connector: Connector, sandbox: Sandbox):
    box = toolbox(connector, sandbox.connection)
    shown = [repr(box), str(vars(box)["tools"]), box.instructions]
    shown += [box.call_and_wait(*call).text for call in (("track", TRACK), ("list_sources", {}), ("track", {}))]
    for secret in ("writeKey", "publicToken", "profileToken"):
        assert sandbox.connection[secret] not in "\n".join(shown)


def test_an_action_that_is_written_is_a_tool_of_every_framework(lab: Lab):
    from segment_connector.hosts.langchain import ConnectorToolkit as LangChain
    from segment_connector.hosts.openai_agents import ConnectorToolkit as OpenAI
    from segment_connector.hosts.pydantic_ai import ConnectorToolset as PydanticAI

    lab.write("send_greeting", parameters={"text": {"type": "string", "description": "What to say."}})
    made = (lab.connector(), {"apiKey": "key-1234"})
    toolset: PydanticAI[None] = PydanticAI(*made, groups="things")
    names = [
        [tool.name for tool in LangChain(*made, groups="things").get_tools()],
        [tool.name for tool in OpenAI(*made, groups="things").tools],
        list(asyncio.run(toolset.get_tools(cast("Any", None)))),
    ]
    assert names == [["send_greeting", "find_action", "describe_action", "run_action"]] * 3


def test_every_action_can_be_a_tool(specs: Specs, sandbox: Sandbox):
    only_by_name = specs.connector.agents.only_by_name
    effects = ["read", "write", "delete"]
    box = toolbox(Connector(specs), sandbox.connection, allow=effects, groups=specs.groups, tools=only_by_name)
    assert len(box.tools) == len(specs.paths) + 3


@pytest.mark.parametrize(
    ("host", "library", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("openai_agents", "agents", "openai-agents"),
        ("pydantic_ai", "pydantic_ai", "pydantic-ai"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, host: str, library: str, extra: str
):
    package = f"segment_connector.hosts.{host}"
    for name in [one for one in sys.modules if one.startswith((package, f"{library}.")) or one == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"pip install 'segment-connector\[{extra}\]'"):
        import_module(package)
    monkeypatch.delitem(sys.modules, package, raising=False)


def test_another_import_that_fails_is_told_as_it_is():
    from segment_connector.hosts.agent_tools.in_process import without

    error = ModuleNotFoundError("No module named 'else'", name="else")
    assert without("langchain_core", "langchain", error) is error
