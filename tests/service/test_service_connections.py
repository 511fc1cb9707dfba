"""Named connections: two tabs that edit one, a file that only its owner may read, credentials that never come out."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from faultserver import FaultServer, answer
from jsonschema import Draft202012Validator
from service_support import EVENT, Running

from segment_connector import ConnectionConfigError, Connector, InputError
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.service.connections import Conflict, ConnectionStore, UnknownConnection

KEY = "wk-5ecretWriteKey"
NEW = {"If-None-Match": "*"}


def put(service: Running, name: str, connection: Any, headers: dict[str, str], **more: Any) -> requests.Response:
    body = {"connection": connection, **more}
    return service.session.put(f"{service.url}/v1/connections/{name}", json=body, headers=headers, timeout=10)


def test_of_two_tabs_that_edit_one_connection_the_second_is_told(serve: Callable[..., Running]) -> None:
    service = serve()
    made = put(service, "eu", {"region": "eu", "writeKey": KEY}, NEW)
    assert made.status_code == 201
    assert made.json() == {"name": "eu", "version": 1, "editable": True, "region": "eu", "has": ["writeKey"],
                           "public": {"region": "eu"}}  # fmt: skip
    seen = [service.get("/v1/connections/eu").headers["ETag"] for _ in range(2)]
    first = put(service, "eu", {"region": "us"}, {"If-Match": seen[0]})
    second = put(service, "eu", {"region": "eu"}, {"If-Match": seen[1]})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["hint"].startswith("read it again")
    assert service.get("/v1/connections/eu").json()["region"] == "us"
    assert put(service, "eu", {}, NEW).status_code == 412
    removed = [
        service.session.delete(f"{service.url}/v1/connections/eu", headers={"If-Match": tag}, timeout=10).status_code
        for tag in (seen[0], first.headers["ETag"], first.headers["ETag"])
    ]
    assert removed == [412, 204, 404]
    assert KEY not in made.text + first.text + second.text


def test_a_credential_that_is_absent_is_kept_or_not(serve: Callable[..., Running]) -> None:
    service = serve()
    put(service, "eu", {"writeKey": KEY, "oauth": {"clientId": "c", "keyId": "k", "privateKey": "pem-5ecret"}}, NEW)
    kept = put(service, "eu", {"region": "eu", "oauth": {"clientId": "d", "keyId": "k"}}, {"If-Match": '"1"'})
    assert kept.json()["has"] == ["oauth.privateKey", "writeKey"]
    assert service.backend.connections.get("eu")["oauth"] == {"clientId": "d", "keyId": "k", "privateKey": "pem-5ecret"}
    gone = put(service, "eu", {"region": "eu"}, {"If-Match": kept.headers["ETag"]}, keep=False)
    assert gone.json()["has"] == []


def test_kept_credentials_do_not_go_to_another_address(serve: Callable[..., Running]) -> None:
    service = serve()
    put(service, "eu", {"writeKey": KEY}, NEW)
    thief = {"servers": {"tracking": "http://127.0.0.1:9"}}
    refused = put(service, "eu", thief, {"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "secret_needed")
    assert put(service, "eu", {**thief, "writeKey": "another-key"}, {"If-Match": '"1"'}).status_code == 200


def test_whoever_names_a_connection_does_not_see_its_credentials(serve: Callable[..., Running]) -> None:
    listed = {"data": {"sources": [{"id": "s", "writeKeys": ["tok-5ecretToken"]}], "pagination": {"totalEntries": 1}}}
    with FaultServer(answer(listed)) as server:
        service = serve(environ={"SEGMENT_PUBLIC_TOKEN": "tok-5ecretToken", "SEGMENT_PUBLIC_URL": server.url})
        named = service.post("/v1/actions/list_sources/run", {"inputs": {}})
        connection = {"publicToken": "tok-5ecretToken", "servers": {"public": server.url}}
        own = service.run("list_sources", {}, connection)
    assert named.json()["outputs"]["sources"][0]["writeKeys"] == ["********"]
    assert own.json()["outputs"]["sources"][0]["writeKeys"] == ["tok-5ecretToken"]
    assert server.seen[0].headers["authorization"] == "Bearer tok-5ecretToken"


def test_only_names_are_taken_when_it_is_told_so(serve: Callable[..., Running]) -> None:
    service = serve(inline=False)
    refused = service.run("track", EVENT, {"writeKey": KEY})
    assert (refused.status_code, refused.json()["field"]) == (422, "connection")
    assert service.run("track", EVENT).status_code == 200


def test_where_only_names_are_taken_nobody_changes_what_they_lead_to(serve: Callable[..., Running], file: Path) -> None:
    service, before = serve(inline=False, file=file), file.read_text()
    thief = {"writeKey": "k", "servers": {"tracking": "http://127.0.0.1:9"}}
    refused = [
        put(service, "mine", thief, NEW),
        put(service, "eu", thief, {"If-Match": '"1"'}),
        put(service, "eu", thief, {}),
        service.session.delete(f"{service.url}/v1/connections/eu", headers={"If-Match": '"1"'}, timeout=10),
    ]
    for answered in refused:
        assert (answered.status_code, answered.json()["code"]) == (403, "named_only")
        assert "--named-only" in answered.json()["hint"]
    assert service.backend.connections.names() == ["sandbox", "eu"]
    assert service.get("/v1/connections/eu").json()["editable"] is False
    assert file.read_text() == before


@pytest.mark.parametrize("text", ["eu:\n  oauth: SOMEKEY-5ecret\n", "- a\n", "eu: {writeKey: [\n"])
def test_a_file_that_was_broken_meanwhile_is_not_the_fault_of_clients(
    serve: Callable[..., Running], file: Path, text: str
) -> None:
    service = serve(file=file)
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    answered = put(service, "us", {"region": "us"}, NEW)
    assert answered.status_code == 500
    assert "5ecret" not in answered.text
    assert str(file) not in answered.text
    assert file.read_text() == text


def test_a_bare_key_in_the_place_of_an_object_is_not_told_back(service: Running) -> None:
    refused = service.run("track", EVENT, {"oauth": "SOMEKEY-5ecret"})
    assert (refused.status_code, refused.json()["field"]) == (422, "oauth")
    assert "5ecret" not in refused.text


@pytest.mark.parametrize(
    ("name", "status"),
    [("eu prod", 201), ("a", 201), ("x" * 64, 201), ("sandbox", 422), ("x" * 65, 422), (" eu", 422), ("eu ", 422),
     ("-eu", 422)],
)  # fmt: skip
def test_the_document_and_the_service_agree_on_names(serve: Callable[..., Running], name: str, status: int) -> None:
    service = serve()
    assert put(service, name.replace(" ", "%20"), {"region": "eu"}, NEW).status_code == status
    path = service.get("/openapi.json").json()["paths"]["/v1/connections/{name}"]
    schema = path["put"]["parameters"][0]["schema"]
    reserved = name == "sandbox"
    assert Draft202012Validator(schema).is_valid(name) is (status == 201 or reserved)


def store(path: Path | None = None, **more: Any) -> ConnectionStore:
    return ConnectionStore(Connector.load().spec, dict, path=path, **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "connections.yaml"
    path.write_text(f"eu:\n  region: eu\n  writeKey: {KEY}\n")
    path.chmod(0o600)
    return path


def test_the_file_is_read_and_written_by_its_owner_only(file: Path) -> None:
    kept = store(file)
    assert kept.names() == ["sandbox", "eu"]
    kept.put("us", {"writeKey": "0x10"}, version=None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert yaml_loader.read(file) == {"eu": {"region": "eu", "writeKey": KEY}, "us": {"writeKey": "0x10"}}
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert store(file).get("us") == {"writeKey": "0x10"}


def test_json_stays_json(tmp_path: Path) -> None:
    path = tmp_path / "connections.json"
    store(path).put("eu", {"region": "eu"}, version=None)
    assert json.loads(path.read_text()) == {"eu": {"region": "eu"}}


def test_what_somebody_wrote_into_the_file_meanwhile_is_not_overwritten(file: Path) -> None:
    kept = store(file)
    seen = kept.describe("eu")["version"]
    file.write_text("eu:\n  region: us\nother:\n  region: eu\n")
    with pytest.raises(Conflict):
        kept.put("eu", {"region": "eu"}, version=seen)
    assert kept.get("eu") == {"region": "us"}
    assert kept.names() == ["sandbox", "eu", "other"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(InputError, match="others may read") as caught:
        store(file)
    assert caught.value.hint == f"chmod 600 {file}"


@pytest.mark.parametrize(
    "text",
    ["- a\n", f"eu: {KEY}\n", f"eu:\n  writekey: {KEY}\n", "sandbox:\n  region: eu\n", "test:\n  region: eu\n",
     "'/etc':\n  region: eu\n", f"eu:\n  region: eu\n  writeKey: [{KEY}]\n", f"eu: {{writeKey: {KEY}\n",
     f"eu:\n  writeKey: *{KEY}\n", f"eu:\n  writeKey: !{KEY} a\n", f"eu:\n  writeKey: &{KEY} a\n",
     f"{KEY}: {{}}\n{KEY}: {{}}\n", f"eu:\n  writeKey: {KEY}\udcff\n", f"eu:\n  writeKey: {KEY}\0\n",
     f'{{"eu": {{"writeKey": "{KEY}', "[" * 5_000 + KEY],
)  # fmt: skip
def test_a_file_that_is_wrong_is_told_without_its_values(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises((InputError, ConnectionConfigError)) as caught:
        store(file)
    assert str(file) in str(caught.value)
    assert KEY not in str(caught.value)


def test_the_environment_is_a_connection_of_its_own() -> None:
    kept = store(environment={"writeKey": KEY})
    assert kept.names() == ["sandbox", "environment"]
    assert kept.describe("environment")["has"] == ["writeKey"]
    with pytest.raises(InputError, match="own"):
        kept.put("environment", {}, version=None)
    with pytest.raises(UnknownConnection, match="did you mean"):
        kept.get("enviroment")


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    kept = store(folder / "connections.yaml")
    folder.rmdir()
    with pytest.raises(InputError, match="cannot be written"):
        kept.put("eu", {"region": "eu"}, version=None)
    assert kept.names() == ["sandbox"]


def test_what_is_given_is_a_copy() -> None:
    kept = store()
    values = {"servers": {"tracking": "http://127.0.0.1:1"}}
    kept.put("a", values, version=None)
    values["servers"]["tracking"] = "changed"
    kept.get("a")["servers"]["tracking"] = "changed"
    kept.describe("a")["public"]["servers"]["tracking"] = "changed"
    assert kept.get("a") == {"servers": {"tracking": "http://127.0.0.1:1"}}
