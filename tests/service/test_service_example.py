"""The connector of another service behind the HTTP API, in the workbench and for agents."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
import second
from openapi_spec_validator import validate
from service_support import Program, running


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with running(env={"SEGMENT_CONNECTOR_SPECS": str(second.SECOND)}) as made:
        yield made


@pytest.fixture
def client(program: Program) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {program.token}"
        yield session


def test_its_actions_are_operations(program: Program, client: requests.Session) -> None:
    document = client.get(f"{program.url}/openapi.json", timeout=30).json()
    validate(document)
    assert "Parcels" in document["info"]["title"]
    runs = {path.split("/")[3] for path in document["paths"] if path.endswith("/run") and "{" not in path}
    assert runs == {path.stem for path in second.SECOND.glob("actions/*/*.yaml")}


def test_an_action_is_run_previewed_and_fills_its_dropdown(program: Program, client: requests.Session) -> None:
    def post(path: str, inputs: object, **more: object) -> dict[str, object]:
        sent = {"inputs": inputs, "connection": "sandbox", **more}
        answer: dict[str, object] = client.post(f"{program.url}/v1/actions/{path}", json=sent, timeout=30).json()
        return answer

    sent = post("create_parcel/run", {"city": "Graz", "tags": ["a", "b"]})
    assert sent["ok"], sent
    request = post("list_depots/preview", {"city": ["Graz", "Bern"]})["request"]
    assert isinstance(request, dict)
    assert request["url"].endswith("/depots?city=Graz,Bern")
    assert request["headers"]["X-API-Key"] == "********"
    refused = post("cancel_parcel/run", {"parcelId": "p-1"})
    assert refused["type"] == "urn:segment-connector:problem:confirm"
    assert post("cancel_parcel/run", {"parcelId": "p-1"}, confirm=True)["ok"]
    options = post("get_depot/options/depotId?search=bern", {})
    assert isinstance(options["items"], list), options
    assert [(one["value"], one["label"]) for one in options["items"]] == [("d-3", "Bern")]


def test_the_workbench_shows_it(program: Program) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{program.url}/?token={program.token}", timeout=30)
        page = session.get(f"{program.url}/", timeout=30)
        assert page.status_code == 200
        assert "Parcels" in page.text
        assert "create_parcel" in page.text
        form = session.get(f"{program.url}/actions/create_parcel", timeout=30)
        assert (form.status_code, "Sankt Gallen" in form.text) == (200, True)


def test_agents_are_offered_its_tools(program: Program, client: requests.Session) -> None:
    client.headers["Accept"] = "application/json, text/event-stream"

    def ask(method: str, **params: object) -> requests.Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return client.post(f"{program.url}/mcp", json=message, timeout=30)

    who = {"name": "c", "version": "1"}
    greeted = ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=who)
    client.headers["Mcp-Session-Id"] = greeted.headers["Mcp-Session-Id"]
    (text,) = [line for line in ask("tools/list").text.splitlines() if '"tools"' in line]
    tools = json.loads(text.removeprefix("data: "))["result"]["tools"]
    assert {one["name"] for one in tools} == {
        "list_parcels", "get_parcel", "create_parcel", "list_depots", "find_action", "describe_action", "run_action",
    }  # fmt: skip
