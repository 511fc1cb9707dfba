"""Other services that take the same calls: the four profiles against stand-ins, and what is refused for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli

from segment_connector import ConnectionConfigError, Connector, InputError
from segment_connector.language.served_specs import read_server, served, server_paths
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.service.connections import ConnectionStore

SPECS = Specs()
NAMES = list(server_paths(SPECS.root))
PATHS = {  # of a single event and of a batch, below the address that a customer names
    "customerio": ("/v1/track", "/v1/batch"),
    "hightouch": ("/v1/track", "/v1/batch"),
    "jitsu": ("/api/s/s2s/track", "/v1/batch"),
    "rudderstack": ("/v1/track", "/v1/batch"),
}
EVENT = {"event": "Order Completed", "userId": "u-1"}
KEY = {"writeKey": "abc"}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[dict[str, Sandbox]]:
    sandboxes = {name: Sandbox(served(SPECS, {"server": name})).start() for name in NAMES}
    yield sandboxes
    for sandbox in sandboxes.values():
        sandbox.close()


@pytest.fixture
def stand_in(stand_ins: dict[str, Sandbox], request: pytest.FixtureRequest) -> Sandbox:
    sandbox = stand_ins[request.param]
    sandbox.clear()
    return sandbox


every = pytest.mark.parametrize("stand_in", NAMES, indirect=True)


def test_the_services_of_the_facts_are_there() -> None:
    assert PATHS.keys() == set(NAMES)


@every
@pytest.mark.parametrize(("action", "place"), [("track", 0), ("batch", 1)])
def test_a_call_is_accepted_at_the_path_of_the_service(stand_in: Sandbox, action: str, place: int) -> None:
    name = stand_in.connection["server"]
    inputs: dict[str, Any] = EVENT if action == "track" else {"batch": [{"type": "track", **EVENT}]}
    result = Connector(SPECS).run(action, inputs, stand_in.connection)
    assert result.ok, result.error
    assert result.meta.delivery == "accepted"
    (event,) = stand_in.events()
    assert (event["status"], event["path"]) == ("accepted", f"/{name}{PATHS[name][place]}")


@every
@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_is_delivered(stand_in: Sandbox, tmp_path: Path, workers: int) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(f'{{"type":"track","event":"E","userId":"u-{n}"}}\n' for n in range(50)))
    result = Connector(SPECS).bulk(path, stand_in.connection, workers=workers)
    assert result.ok, result.message
    assert [event["status"] for event in stand_in.events()] == ["accepted"] * 50


@every
def test_a_wrong_key_is_told(stand_in: Sandbox) -> None:
    Connector(SPECS).run("track", EVENT, {**stand_in.connection, "writeKey": "wrong"})
    assert [event["status"] for event in stand_in.events()] == ["dropped"]


@pytest.mark.parametrize(
    ("body", "code"), [("OK", None), (" OK\n", None), ("ok", "unexpected_answer"), ("OK.", "unexpected_answer")]
)
@pytest.mark.parametrize("stand_in", ["rudderstack"], indirect=True)
def test_a_text_counts_where_it_is_declared(stand_in: Sandbox, body: str, code: str | None) -> None:
    stand_in.fault(status=200, body=body, contentType="text/plain")
    result = Connector(SPECS, max_retries=0).run("track", EVENT, stand_in.connection)
    assert (result.error and result.error.code) == code


def test_the_own_service_stays_strict() -> None:
    with Sandbox(SPECS) as sandbox:
        for given in ({}, {"server": SPECS.connector.name}):
            sandbox.fault(status=200, body="OK", contentType="text/plain")
            result = Connector(SPECS, max_retries=0).run("track", EVENT, {**sandbox.connection, **given})
            assert result.error is not None
            assert result.error.code == "unexpected_answer"


@pytest.mark.parametrize("stand_in", ["jitsu"], indirect=True)
def test_a_body_that_says_no_is_a_refusal(stand_in: Sandbox) -> None:
    stand_in.fault(status=200, body={"ok": False, "error": "unknown key"})
    result = Connector(SPECS).run("track", EVENT, stand_in.connection)
    assert result.error is not None
    assert "unknown key" in result.error.message


@every
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500])
def test_no_text_of_a_refusal_names_the_wrong_service(stand_in: Sandbox, status: int) -> None:
    stand_in.fault(status=status, body={})
    result = Connector(SPECS, max_retries=0).run("track", EVENT, stand_in.connection)
    assert result.error is not None
    assert result.error.hint is not None
    assert SPECS.connector.title not in result.error.message + result.error.hint


@pytest.mark.parametrize("name", NAMES)
def test_what_a_service_does_not_take_is_refused_with_the_cure(name: str, no_sockets: None) -> None:
    title = read_server(SPECS.root, name).title
    with pytest.raises(ConnectionConfigError, match=f"{title} does not take 'list_sources'") as refused:
        Connector(SPECS).run("list_sources", {}, {"server": name, "publicToken": "t", **KEY})
    assert refused.value.code == "not_offered"
    assert "without 'server'" in (refused.value.hint or "")


@pytest.mark.parametrize("name", ["jitsu", "rudderstack"])
def test_a_service_without_a_common_address_asks_for_the_customers_own(name: str) -> None:
    with pytest.raises(ConnectionConfigError, match="a different address for each customer") as refused:
        Connector(SPECS).plan("track", EVENT, {"server": name, **KEY})
    assert refused.value.field == "servers.tracking"


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/api/s/s2s"])
def test_an_address_may_be_named_with_its_path_or_without(end: str) -> None:
    given = {"server": "jitsu", "servers": {"tracking": f"https://data.example.com{end}"}, **KEY}
    planned = Connector(SPECS)
    assert planned.plan("track", EVENT, given).url == "https://data.example.com/api/s/s2s/track"
    batch = {"batch": [{"type": "track", **EVENT}]}
    assert planned.plan("batch", batch, given).url == "https://data.example.com/v1/batch"


def test_a_region_leads_to_the_services_own_server() -> None:
    eu = {"region": "eu", **KEY}
    assert Connector(SPECS).plan("track", EVENT, {"server": "customerio", **eu}).url.startswith("https://cdp-eu.")
    with pytest.raises(ConnectionConfigError, match="no server in region 'eu'"):
        Connector(SPECS).plan("track", EVENT, {"server": "hightouch", **eu})


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(ConnectionConfigError, match="must be one of") as refused:
        Connector(SPECS).run("track", EVENT, {"server": "rudder", **KEY})
    assert refused.value.field == "server"


def test_what_is_not_verified_is_a_warning_of_the_calls_that_it_is_about() -> None:
    given = {"server": "hightouch", **KEY}
    assert Connector(SPECS).plan("track", EVENT, given).warnings == []
    (warning,) = Connector(SPECS).plan("batch", {"batch": [{"type": "track", **EVENT}]}, given).warnings
    assert "not verified: that Hightouch takes batches" in warning.message


def test_a_wrong_input_is_refused_as_ever() -> None:
    with pytest.raises(InputError, match="event"):
        Connector(SPECS).run("track", {"userId": "u-1"}, {"server": "customerio", **KEY})


def test_a_connection_test_speaks_of_the_service() -> None:
    given = {"server": "rudderstack", "servers": {"tracking": "http://127.0.0.1:1"}, **KEY}
    (check,) = Connector(SPECS, max_retries=0).test_connection(given).checks
    assert check.verdict == "failed"


def test_a_key_that_is_kept_does_not_go_to_another_service(tmp_path: Path) -> None:
    store = ConnectionStore(SPECS.connector, dict)
    version = store.put("shop", {"writeKey": "abc"}, version=None)
    with pytest.raises(ConnectionConfigError, match="another address") as refused:
        store.put("shop", {"server": "customerio"}, version=version)
    assert refused.value.field == "server"
    store.put("shop", {"server": "customerio", "writeKey": "def"}, version=version)


def test_the_command_line_names_who_was_called() -> None:
    said = cli("run", "track", "-p", "event=E", "-p", "userId=u", "--server", "rudderstack", "--sandbox")
    assert said.code == 0, said.stderr
    assert "in place of RudderStack HTTP API" in said.stdout
    refused = cli("run", "list_sources", "--server", "rudderstack", env={"SEGMENT_WRITE_KEY": "abc"})
    assert refused.code == 2
    assert "--server: RudderStack does not take 'list_sources', which is Segment's Public API" in refused.stderr


def test_the_environment_may_name_the_service() -> None:
    env = {"SEGMENT_SERVER": "jitsu", "SEGMENT_WRITE_KEY": "id:secret", "SEGMENT_TRACKING_URL": "https://d.example.com"}
    said = cli("preview", "track", "-p", "event=E", "-p", "userId=u", "--json", env=env)
    shown = json.loads(said.stdout)
    assert shown["url"] == "https://d.example.com/api/s/s2s/track"
    assert shown["headers"]["X-Write-Key"] == "********"


def test_the_sandbox_stands_in_only_for_what_is_there() -> None:
    said = cli("sandbox", "--server", "ruddestack")
    assert said.code == 2
    assert "did you mean 'rudderstack'?" in said.stderr


@pytest.mark.parametrize("command", [("run", "track", "-p", "event=E", "-p", "userId=u"), ("bulk", "events.jsonl")])
def test_a_service_that_is_none_is_refused_in_the_sandbox_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("events.jsonl").write_text('{"type": "track", "event": "E", "userId": "u"}\n')
    said = cli(*command, "--server", "ruddestack", "--sandbox")
    assert said.code == 2
    assert "--server: must be one of segment" in said.stderr
    assert "accepted" not in said.stdout + said.stderr
