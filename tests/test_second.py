"""A connector for another service, through every door: what the first one does not need works as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import second
from cli_support import cli
from faultserver import FaultServer, answer, plain_environment
from guides import blocks_of

from segment_connector import Connector, SpecError, checks
from segment_connector.sandbox import Sandbox

KEY = "k-1234567"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)
    monkeypatch.setenv("PARCELS_API_KEY", KEY)


@pytest.fixture
def parcels() -> Connector:
    return Connector.load(second.SECOND)


def test_its_files_are_in_order() -> None:
    assert checks.run(second.SECOND) == []


def test_it_is_played_whole(parcels: Connector) -> None:
    with Sandbox(parcels.specs) as sandbox:
        connection = sandbox.connection
        made = parcels.run("create_parcel", {"city": "Żywiec & co", "tags": ["a,b", "c"], "insured": False}, connection)
        parcel = made.outputs["parcel"]
        # What outputs do not describe is kept all the same, under the names of the parameters.
        sent = {"city": "Żywiec & co", "tags": ["a,b", "c"], "insured": False, "status": "sent"}
        assert {**parcel, "id": ""} == {"id": "", **sent}
        assert parcels.run("get_parcel", {"parcelId": parcel["id"]}, connection).outputs == {"parcel": parcel}
        listed = list(parcels.iterate("list_parcels", {}, connection))
        assert [one["id"] for one in listed] == ["p-1", "p-2", "p-3", "p-4", "p-5", parcel["id"]]
        some = list(parcels.iterate("list_parcels", {"status": ["lost", "back"]}, connection))
        assert [one["id"] for one in some] == ["p-2", "p-4"]
        depots = list(parcels.iterate("list_depots", {"city": ["Graz", "Bern"], "per_page": 1}, connection))
        assert [one["id"] for one in depots] == ["d-1", "d-3"]
        changed = parcels.run("update_parcel", {"parcelId": "p-1", "city": "Linz"}, connection)
        assert changed.outputs["parcel"]["city"] == "Linz"
        assert parcels.run("cancel_parcel", {"parcelId": "p-1"}, connection).outputs == {"cancelled": True}
        gone = parcels.run("get_parcel", {"parcelId": "p-1"}, connection).error
        assert (gone and gone.status) == 404


def test_other_ways_to_page_are_played_as_well(tmp_path: Path) -> None:
    parcels = Connector.load(second.with_other_lists(tmp_path))
    assert checks.run(parcels.specs.root) == []
    with Sandbox(parcels.specs) as sandbox:
        connection = sandbox.connection
        depots = list(parcels.iterate("list_depots", {"city": ["Graz", "Bern"], "take": 1}, connection))
        assert [one["id"] for one in depots] == ["d-1", "d-3"]
        assert [one["id"] for one in parcels.iterate("list_events", {"limit": 2}, connection)] == ["e-1", "e-2", "e-3"]


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("/parcels", b"city=Bern&tag=a&tag=b", 201),
        ("/parcels", b"city=Bern&city=Graz", 422),
        ("/parcels", b"city=Bern&nowhere=1", 422),
        ("/parcels", b'{"city": "Bern"}', 422),
    ],
)
def test_a_form_is_read_as_strictly_as_json(parcels: Connector, name: str, content: bytes, status: int) -> None:
    import requests

    with Sandbox(parcels.specs, credentials={"apiKey": KEY}) as sandbox, requests.Session() as http:
        http.trust_env = False
        headers = {"X-API-Key": KEY, "Content-Type": "application/x-www-form-urlencoded"}
        assert http.post(sandbox.servers["main"] + name, data=content, headers=headers).status_code == status


def test_one_address_needs_no_region(parcels: Connector) -> None:
    request = parcels.plan("list_parcels", {}, {"apiKey": KEY})
    assert (request.url, request.region) == ("https://api.parcels.example/v2/parcels", "")


def test_an_address_can_be_replaced_though_no_form_asks_for_it(parcels: Connector) -> None:
    with FaultServer(answer({"parcels": []})) as server:
        assert parcels.run("list_parcels", {}, {"apiKey": KEY, "servers": {"main": server.url}}).ok
        assert server.seen[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["list"], "create_parcel  write   Send a parcel to a city."),
        (["show", "list_parcels"], "https://api.parcels.example/v2"),
        (["preview", "list_parcels"], "X-API-Key: ********"),
        (["preview", "create_parcel", "-p", "city=A B", "-p", 'tags:=["c","d"]'], "city=A%20B&tag=c&tag=d"),
        (["preview", "create_parcel", "-p", "city=A B", "--curl"], '--header "X-API-Key: $PARCELS_API_KEY"'),
        (["run", "list_parcels", "--all", "--sandbox"], '{"id":"p-5","city":"Bern","status":"sent","tags":[],'),
        (["run", "get_parcel", "-p", "parcelId=p-2", "--sandbox"], '"status": "lost"'),
        (["run", "cancel_parcel", "-p", "parcelId=p-2", "--sandbox", "--yes"], "cancelled  true"),
        (["run", "PARCELS_FIND", "--as", "flows", "-p", 'status:=["lost"]', "--sandbox"], '"id": "p-2"'),
        (["check"], "7 actions, no problems"),
        (["catalog"], "flows"),
        (["catalog", "flows"], '"PARCELS_SEND"'),
        (["catalog", "flows", "--format", "html"], "PARCELS_SEND"),
    ],
)  # fmt: skip
def test_the_command_line_serves_it(arguments: list[str], expected: str) -> None:
    said = cli("--specs", str(second.SECOND), *arguments)
    assert said.code == 0, said.stderr
    assert expected in said.stdout
    assert KEY not in said.stdout + said.stderr


def test_a_connection_without_tests_says_what_was_looked_at(tmp_path: Path) -> None:
    data: Any = second.yaml_loader.read(second.SECOND / "connector.yaml")
    folder = second.changed(tmp_path, connection={**data["connection"], "test": []})
    said = cli("--specs", str(folder), "test-connection")
    assert said.code == 0, said.stderr
    assert "unverifiable  The connection was looked at: it has what these need: Parcel API" in said.stdout


def test_a_connection_without_tests_says_what_is_missing(tmp_path: Path) -> None:
    optional = second.connector(tmp_path, connection={"properties": {"apiKey": {"type": "string", "secret": True}}})
    report = optional.test_connection({})
    assert not report.ok
    assert [check.verdict for check in report.checks] == ["not_given"]
    assert "the Parcel API needs 'apiKey'" in report.checks[0].message


def test_a_scheme_that_no_connection_can_serve_is_a_fault_of_the_file(tmp_path: Path) -> None:
    key = {"type": "apiKey", "in": "header", "name": "X-API-Key", "key": "apikey"}
    with pytest.raises(SpecError) as caught:
        second.connector(tmp_path, auth={"key": key}).plan("list_parcels", {}, {"apiKey": KEY})
    (problem,) = caught.value.problems
    assert (problem.field, problem.message) == ("auth.key", "it signs with 'apikey', which no connection has")
    assert problem.path == str(tmp_path / "second" / "connector.yaml")


def test_an_endpoint_says_otherwise_than_its_api(tmp_path: Path) -> None:
    api: dict[str, Any] = {"style": "form", "explode": False, "content": "application/x-www-form-urlencoded"}
    action = {"endpoint": "POST /x", "query": ["status"], "body": ["status"], "examples": [], "paging": None}
    inputs = {"status": ["sent", "lost"]}

    def planned(folder: str, **members: Any) -> tuple[str, bytes | None]:
        (tmp_path / folder).mkdir()
        connector = second.connector(tmp_path / folder, {**action, **members}, api=api)
        request = connector.plan("list_parcels", inputs, {"apiKey": KEY})
        return request.url.partition("?")[2], request.content

    assert planned("as-the-api") == ("status=sent,lost", b"status=sent,lost")
    assert planned("repeated", explode=True) == ("status=sent&status=lost", b"status=sent&status=lost")
    json_body = json.dumps(inputs, separators=(",", ":")).encode()
    assert planned("dotted", style="dotted", content="application/json") == ("status.0=sent&status.1=lost", json_body)


@pytest.mark.parametrize(
    ("api", "action", "field"),
    [
        ({"style": None, "explode": False}, {}, "apis.main.explode"),
        ({"style": None}, {"explode": True}, "explode"),
    ],
)
def test_a_word_without_a_meaning_is_told_with_line_and_cure(
    tmp_path: Path, api: dict[str, Any], action: dict[str, Any], field: str
) -> None:
    problems = checks.run(second.changed(tmp_path, action, api=api))
    found = [one for one in problems if one.field == field and "list_depots" not in str(one.path)]
    assert [one.message for one in found] == ["has a meaning for 'style: form' only"]
    assert found[0].hint
    assert (found[0].line or 0) > 1


def test_the_guide_shows_what_stands_in_the_files() -> None:
    guide = Path(__file__).parent.parent / "docs" / "guides" / "another-service.md"
    files = [path.read_text(encoding="utf-8") for path in second.SECOND.rglob("*.yaml")]
    shown = [block for block in blocks_of(guide) if block.language == "yaml"]
    assert shown
    assert [block.line for block in shown if not any(f"\n{block.text}\n" in text for text in files)] == []


def test_the_sandbox_has_a_credential_that_the_connection_takes(tmp_path: Path) -> None:
    key = {"type": "string", "secret": True, "pattern": "^[0-9a-f]{8}$", "placeholder": "0123abcd"}
    connector = second.connector(tmp_path, connection={"properties": {"apiKey": key}})
    with Sandbox(connector.specs) as sandbox:
        assert sandbox.connection["apiKey"] == "0123abcd"
        assert connector.run("list_depots", {}, sandbox.connection).ok
