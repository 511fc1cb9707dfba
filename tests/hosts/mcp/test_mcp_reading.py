"""What agents read beside tools: resources, prompts, completions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from mcp_support import ERAS, offered, talk
from mcp_types import PromptReference, ResourceTemplateReference

from segment_connector import Connector
from segment_connector.language.specs import Specs


@pytest.mark.parametrize("era", ERAS)
def test_every_action_has_a_page_and_its_spec(url: str, era: str, specs: Specs):
    async def use(client: Client) -> tuple[list[str], list[int], str, str]:
        uris, sizes, cursor = [], [], None
        while True:
            page = await client.list_resources(cursor=cursor)
            uris += [str(one.uri) for one in page.resources]
            sizes.append(len(page.resources))
            if (cursor := page.next_cursor) is None:
                break
        docs = await client.read_resource("segment://docs/actions/track")
        spec = await client.read_resource("segment://specs/actions/track")
        return uris, sizes, docs.contents[0].text, spec.contents[0].text

    uris, sizes, docs, spec = talk(url, use, era)

    names = list(specs.paths)
    assert len(uris) == len(set(uris)) == 1 + 2 * len(names)
    assert {f"segment://docs/actions/{name}" for name in names} < set(uris)
    assert max(sizes) == 100
    assert docs.startswith("# Track an event\n")
    assert spec == specs.paths["track"].read_text(encoding="utf-8")


def test_templates_lead_to_the_same_and_their_names_are_completed(url: str):
    async def use(client: Client) -> Any:
        templates = (await client.list_resource_templates()).resource_templates
        found = {}
        for template in templates:
            reference = ResourceTemplateReference(uri=template.uri_template)
            found[template.uri_template] = (
                await client.complete(reference, {"name": "action", "value": "list_so"})
            ).completion
        return found

    found = talk(url, use)

    assert list(found) == ["segment://docs/actions/{action}", "segment://specs/actions/{action}"]
    for completion in found.values():
        assert completion.values[0] == "list_sources"
        assert completion.total == len(completion.values)


def test_a_completion_is_no_longer_than_the_protocol_allows(url: str, specs: Specs):
    async def use(client: Client) -> Any:
        reference = ResourceTemplateReference(uri="segment://docs/actions/{action}")
        return (await client.complete(reference, {"name": "action", "value": ""})).completion

    completion = talk(url, use)

    assert len(completion.values) == 100
    assert completion.total == len(specs.paths)
    assert completion.has_more


def test_the_connection_tells_what_it_can_do_and_no_credential(specs: Specs):
    connection = {"region": "eu", "writeKey": "wk-5ecretWriteKey", "writeKeyInBody": False}
    with offered(Connector(specs), connection) as url:
        read = talk(url, lambda client: client.read_resource("segment://connection"))

    text = read.contents[0].text
    assert "wk-5ecret" not in text
    status = json.loads(text)
    assert status["given"] == ["region", "writeKey", "writeKeyInBody"]
    assert status["settings"] == {"region": "eu", "writeKeyInBody": False}
    assert status["apis"]["tracking"] == {
        "title": "Tracking API", "ready": True, "server": "https://events.eu1.segmentapis.com/v1",
    }  # fmt: skip
    assert status["apis"]["public"] == {"title": "Public API", "ready": False, "missing": "publicToken"}


def test_a_wrong_connection_is_told_without_its_credentials(specs: Specs):
    with offered(Connector(specs), {"region": "moon", "writeKey": "wk with spaces"}) as url:
        read = talk(url, lambda client: client.read_resource("segment://connection"))

    status = json.loads(read.contents[0].text)
    assert {problem["field"] for problem in status["problems"]} == {"region", "writeKey"}
    assert "wk with" not in read.contents[0].text


@pytest.mark.parametrize("era", ERAS)
def test_three_jobs_are_prompts(url: str, era: str):
    async def use(client: Client) -> tuple[Any, Any]:
        prompts = (await client.list_prompts()).prompts
        return prompts, await client.get_prompt(
            "plan_tracking_call", {"what_happens": "pays for a {{ cart }}", "who": ""}
        )

    prompts, plan = talk(url, use, era)

    assert [prompt.name for prompt in prompts] == ["plan_tracking_call", "audit_event_flow", "honour_deletion_request"]
    assert all(prompt.title and prompt.description and prompt.arguments for prompt in prompts)
    (message,) = plan.messages
    assert message.role == "user"
    assert message.content.text.startswith("Plan how to record this in Segment: pays for a {{ cart }}\n")
    assert "Ids that are at hand: ask me." in message.content.text


def test_a_prompt_names_tools_as_they_are_offered(url: str, specs: Specs):
    plain = specs.connector.agents.prompts["audit_event_flow"].text
    shown = talk(url, lambda client: client.get_prompt("audit_event_flow", {})).messages[0].content.text

    assert "`list_delivery_metrics_summary_from_destination`" in plain
    assert "`list_delivery_metrics_from_destination`" in shown
    assert "every source of the workspace" in shown


def test_the_values_of_a_prompts_argument_are_completed(url: str):
    async def use(client: Client) -> Any:
        reference = PromptReference(name="honour_deletion_request")
        values = await client.complete(reference, {"name": "regulation", "value": "supp"})
        free = await client.complete(reference, {"name": "user_id", "value": "u"})
        return values.completion.values, free.completion.values

    assert talk(url, use) == (["SUPPRESS_WITH_DELETE", "SUPPRESS_ONLY"], [])


def test_a_completion_of_a_prompt_that_there_is_not_is_refused(url: str):
    with pytest.raises(MCPError, match="there is no prompt 'nope'"):
        talk(url, lambda client: client.complete(PromptReference(name="nope"), {"name": "x", "value": "u"}))
