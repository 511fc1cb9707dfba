"""Every action as a tool: what a client is told of it is whole, true and short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from segment_connector import Connector
from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.hosts.agent_tools.tools import description, tool_of
from segment_connector.hosts.mcp.mcp_forms import tool_told
from segment_connector.hosts.mcp.mcp_server import ToolServer
from segment_connector.language.specs import Specs
from segment_connector.schema.form_hints import HINTS

pytestmark = pytest.mark.unmeasured

NAMES = list(Specs().paths)
MOST_BYTES = 24_000
MOST_TOKENS = 6_000  # at four bytes each, as vendors reckon
# Each call of these makes new ids, so only one that names the old ones does no more than the call before.
COUNTED = ("identify", "track", "page", "screen", "group", "alias", "batch")


def tool(specs: Specs, name: str) -> dict[str, Any]:
    """The tool of an action as it goes over the wire."""
    made = tool_told(tool_of(specs.action(name), Offer(specs).tool_name(name)))
    return made.model_dump(by_alias=True, mode="json", exclude_none=True)


def words(schema: Any) -> Iterator[str]:
    """Every keyword of a schema."""
    if isinstance(schema, list):
        for item in schema:
            yield from words(item)
    if isinstance(schema, Mapping):
        for word, value in schema.items():
            yield word
            if word in ("properties", "patternProperties", "$defs"):
                for below in value.values():
                    yield from words(below)
            elif word not in ("default", "enum", "const", "examples"):
                yield from words(value)


def test_a_tool_says_all_that_a_client_needs(subtests: pytest.Subtests, specs: Specs):
    for name in NAMES:
        with subtests.test(name):
            action, made = specs.action(name), tool(specs, name)

            assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", made["name"])
            assert len(made["name"]) < 45
            assert made["title"] == action.title
            assert ("Effect: " in made["description"]) == (action.effect != "read")
            assert "Effect: " in (whole := description(specs.connector, action))
            assert "Authorisation: " in whole
            assert made["annotations"] == {
                "readOnlyHint": action.effect == "read",
                "destructiveHint": action.effect == "delete" or action.confirm is not None,
                "idempotentHint": action.idempotent and name not in COUNTED,
                "openWorldHint": True,
            }


def test_its_schemas_are_whole_in_themselves(subtests: pytest.Subtests, specs: Specs):
    for name in NAMES:
        with subtests.test(name):
            made = tool(specs, name)

            for schema in (made["inputSchema"], made["outputSchema"]):
                jsonschema.Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object"
                assert set(words(schema)) & {"$ref", "$dynamicRef", *HINTS} == set()
                assert not {"anyOf", "oneOf", "allOf", "not"} & schema.keys()  # models refuse them at the top
                json.dumps(schema, allow_nan=False)


def test_its_schemas_take_the_examples(subtests: pytest.Subtests, specs: Specs):
    for name in NAMES:
        with subtests.test(name):
            action, made = specs.action(name), tool(specs, name)

            for example in action.examples:
                # A null that has a meaning is taken, and not advertised: not every vendor knows it.
                given = {name: value for name, value in example.input.items() if value is not None}
                jsonschema.Draft202012Validator(made["inputSchema"]).validate(given)
                jsonschema.Draft202012Validator(made["outputSchema"]).validate(example.output)


def test_every_limit_and_every_rule_is_told(specs: Specs):
    said = description(specs.connector, specs.action("track"))

    assert "32,768 bytes for the body" in said
    assert "1,000 requests in 1 s for the Tracking API" in said
    assert "Refused unless: userId or anonymousId is required" in said
    assert "the Write key, or OAuth application and Write key of the server's connection" in said
    assert "Ask the user first: Delete this source?" in tool(specs, "delete_source")["description"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("track", "A repeat counts again, unless it has the same messageId."),
        ("batch", "A repeat counts again, unless it has the same repeat_id."),
        ("update_source", "A repeat with the same input does no more."),
        ("create_source", "A repeat counts again."),
    ],
)
def test_what_a_repeat_does_is_told(specs: Specs, name: str, said: str):
    assert f"Effect: Changes data. {said}" in tool(specs, name)["description"]


def test_the_usual_tools_are_few_and_short(specs: Specs):
    server = ToolServer(Connector(specs), Offer(specs), lambda _: {})
    listed = server._tools.model_dump(by_alias=True, mode="json", exclude_none=True)

    assert 10 <= len(listed["tools"]) <= 30
    assert len(json.dumps(listed).encode()) <= min(MOST_BYTES, 4 * MOST_TOKENS)
