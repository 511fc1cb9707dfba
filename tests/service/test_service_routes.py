"""Every path of the HTTP API, called as a client would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import requests
from service_support import EVENT, TOKEN, Running

from segment_connector import Connector

NAMES = sorted(Connector.load().specs.paths)


def test_a_call_is_answered_in_the_envelope_of_the_own_catalogue(service: Running, specs) -> None:
    answer = service.run("track", EVENT)
    assert answer.status_code == 200
    result = answer.json()
    catalog = Connector(specs).catalog("segment")
    assert list(result) == list(catalog.answers("track").schema["properties"])
    assert result["ok"] is True
    assert result["outputs"]["userId"] == "u-1"
    assert result["meta"]["delivery"] == "accepted"
    assert service.backend.sandbox.events()[-1]["id"] == result["outputs"]["messageId"]


def test_a_connection_may_come_with_the_call(service: Running) -> None:
    answer = service.run("list_sources", {"pagination": {"count": 1}}, service.backend.sandbox.connection)
    assert answer.status_code == 200
    assert len(answer.json()["outputs"]["sources"]) == 1


def test_a_list_is_walked_by_the_cursor_of_its_answers(service: Running) -> None:
    cursor, found = None, []
    for _ in range(20):
        inputs = {"pagination": {"count": 2, **({"cursor": cursor} if cursor else {})}}
        outputs = service.run("list_sources", inputs).json()["outputs"]
        found += outputs["sources"]
        cursor = outputs["pagination"].get("next")
        if cursor is None:
            break
    assert len(found) == outputs["pagination"]["totalEntries"]
    assert len({one["id"] for one in found}) == len(found)


def test_a_preview_shows_the_request_and_sends_nothing(service: Running) -> None:
    before = len(service.backend.sandbox.events())
    answer = service.post(
        "/v1/actions/track/preview", {"inputs": EVENT, "connection": {"region": "eu", "writeKey": "wk-5ecret"}}
    ).json()
    assert answer["request"]["url"] == "https://events.eu1.segmentapis.com/v1/track"
    assert answer["request"]["headers"]["Authorization"] == "Basic ********"
    assert answer["sent_as"] == 1
    assert "5ecret" not in json.dumps(answer)
    assert len(service.backend.sandbox.events()) == before


def test_a_preview_tells_doubts(service: Running) -> None:
    inputs = {**EVENT, "integrations": {"all": False}}
    answer = service.post("/v1/actions/track/preview", {"inputs": inputs, "connection": "sandbox"}).json()
    assert answer["warnings"][0]["field"].startswith("integrations")


@pytest.mark.parametrize("how", ["by name", "with the call"])
def test_a_dropdown_is_searched(service: Running, how: str) -> None:
    path = "/v1/actions/get_source/options/sourceId?search=web"
    if how == "by name":
        answer = service.get(f"{path}&connection=sandbox")
    else:
        answer = service.post(path, {"connection": service.backend.sandbox.connection})
    assert answer.status_code == 200
    assert [item["label"] for item in answer.json()["items"]] == ["Website"]


def test_a_dropdown_is_paged_by_its_cursor(service: Running) -> None:
    path, found, cursor = "/v1/actions/create_source/options/metadataId", [], None
    for _ in range(50):
        more = {} if cursor is None else {"cursor": cursor}
        answer = service.get(path, params={"connection": "sandbox", **more}).json()
        found += [item["value"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert cursor is None
    assert len(set(found)) == len(found) > 0


def test_a_dropdown_that_depends_on_another_gets_the_inputs(service: Running) -> None:
    path = "/v1/actions/get_tracking_plan/options/trackingPlanId"
    assert service.get(path, params={"connection": "sandbox", "inputs": "{}"}).status_code == 200
    audiences, chosen = "/v1/actions/get_audience/options/id", service.backend.sandbox.connection["spaceId"]
    whole = {"connection": "sandbox", "inputs": json.dumps({"spaceId": chosen})}
    one_by_one = {"connection": "sandbox", "inputs.spaceId": chosen}
    found = service.get(audiences, params=one_by_one).json()
    assert found["items"]
    assert found == service.get(audiences, params=whole).json()
    missing = service.get(audiences, params={"connection": "sandbox"})
    assert (missing.status_code, missing.json()["hint"]) == (422, "choose spaceId first")
    assert service.get(audiences, params={"connection": "sandbox", "input.spaceId": chosen}).status_code == 400


def test_actions_are_listed_and_chosen_from(service: Running) -> None:
    every = service.get("/v1/actions").json()
    assert [one["name"] for one in every["actions"]] == list(service.backend.connector.specs.paths)
    assert every["total"] == len(NAMES)
    some = service.get("/v1/actions", params={"group": "sources", "effect": "delete"}).json()
    assert {one["group"] for one in some["actions"]} == {"sources"}
    assert {one["effect"] for one in some["actions"]} == {"delete"}
    assert some["groups"] == every["groups"]
    found = service.get("/v1/actions", params={"search": "User Group"}).json()["actions"]
    assert found
    assert all("user" in json.dumps(one).lower() and "group" in json.dumps(one).lower() for one in found)


def test_an_action_has_schemas_hints_and_a_sample(service: Running) -> None:
    one = service.get("/v1/actions/track").json()
    assert one["input_schema"]["required"] == ["event"]
    assert one["output_schema"]["properties"]["outputs"]["properties"]["messageId"]
    assert one["parameters"][0]["ui"]["order"] == 1
    assert one["sample"]["input"]["event"] == "Order Completed"
    same = next(a for a in service.get("/v1/catalog/segment").json()["actions"] if a["name"] == "track")
    assert one == same


def test_catalogues_are_those_of_the_command_line(service: Running) -> None:
    platforms = service.get("/v1/catalog").json()["platforms"]
    assert {"segment", "naios", "make"} <= {one["name"] for one in platforms}
    listing = service.get("/v1/catalog/naios").json()
    assert listing == service.backend.connector.catalog("naios").listing()


@pytest.mark.parametrize(
    "connection", ["sandbox", {"writeKey": "key-1234", "servers": {"tracking": "http://127.0.0.1:1"}}]
)
def test_a_connection_is_tested(service: Running, connection: object) -> None:
    report = service.post("/v1/connections/test", {"connection": connection}).json()
    assert report["ok"] is (connection == "sandbox")
    assert {check["verdict"] for check in report["checks"]} <= {"verified", "failed", "unverifiable", "not_given"}


def test_health_needs_no_token_and_tells_nothing(service: Running) -> None:
    answer = requests.get(f"{service.url}/healthz", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_metrics_count_calls_errors_latency_and_retries(serve: Callable[..., Running]) -> None:
    service = serve()
    service.run("track", EVENT)
    service.run("track", {"event": "x"})
    service.run("get_source", {"sourceId": "none"})
    service.backend.sandbox.fault(status=500, times=1)
    service.run("track", EVENT)
    service.run("no_such_action", {})
    answer = service.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    told = dict(re.findall(r"^(segment_connector_\S+) (\S+)$", answer.text, re.MULTILINE))
    assert told['segment_connector_calls_total{action="track",outcome="ok"}'] == "2.0"
    assert told['segment_connector_calls_total{action="track",outcome="not_sent"}'] == "1.0"
    assert told['segment_connector_errors_total{action="track",code="rule"}'] == "1.0"
    assert told['segment_connector_errors_total{action="get_source",code="not_found"}'] == "1.0"
    assert told['segment_connector_retries_total{action="track"}'] == "1.0"
    assert told['segment_connector_call_seconds_count{action="track"}'] == "2.0"
    assert told['segment_connector_http_answers_total{route="/v1/actions/{name}/run",status="404"}'] == "1.0"
    assert "no_such_action" not in answer.text


def test_swagger_ui_comes_from_this_machine(service: Running) -> None:
    page = service.get("/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) == 2
    assert all(file.startswith("/docs/files/") and service.get(file).status_code == 200 for file in files)
    assert "//" not in page.replace("<!doctype", "")
    assert service.session.get(f"{service.url}/", allow_redirects=False, timeout=10).headers["Location"] == "/docs"


def test_head_gives_the_headers_of_get(service: Running) -> None:
    answer = service.session.head(f"{service.url}/v1/catalog", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")


def test_answers_are_not_kept_by_browsers_and_open_nothing(service: Running) -> None:
    for path in ("/v1/connections", "/openapi.json", "/docs", "/v1/nowhere"):
        headers = service.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert path.startswith("/v1") is (headers.get("Cache-Control") == "no-store")
    assert TOKEN not in str(headers)
