"""A sandbox that keeps what it holds in a file: there again after a stop, and after a kill as far as it was saved."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cli_support import cli, command, environment

from segment_connector import Connector, InputError
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SOURCE = {"slug": "shop", "enabled": True, "metadataId": "IqDTy1TpoU"}


@pytest.fixture(scope="module")
def connector() -> Connector:
    return Connector.load()


@contextlib.contextmanager
def sandbox_in(file: Path) -> Iterator[Sandbox]:
    with Sandbox(Specs(), file=file) as sandbox:
        yield sandbox


def names(connector: Connector, sandbox: Sandbox) -> list[str]:
    return [one["slug"] for one in connector.iterate("list_sources", {}, sandbox.connection)]


def sent(connector: Connector, sandbox: Sandbox, **event: Any) -> None:
    connector.run("track", {"event": "A", "userId": "u", **event}, sandbox.connection).unwrap()


def test_events_ids_and_what_was_made_are_there_again(connector, tmp_path):
    file = tmp_path / "sandbox.json"
    with sandbox_in(file) as sandbox:
        sent(connector, sandbox, messageId="m-1")
        connector.run("create_source", SOURCE, sandbox.connection).unwrap()
        connector.run("delete_source", {"sourceId": "qQEHquLrjRDN9j1ByrChyn"}, sandbox.connection).unwrap()
        before = names(connector, sandbox)
        events = sandbox.events()
    with sandbox_in(file) as sandbox:
        assert names(connector, sandbox) == before
        assert "shop" in before
        assert "website" not in before
        assert sandbox.events() == events
        sent(connector, sandbox, messageId="m-1")
        sent(connector, sandbox, messageId="m-2")
        assert [(one["number"], one["status"]) for one in sandbox.events()] == [
            (1, "accepted"), (2, "duplicate"), (3, "accepted"),
        ]  # fmt: skip


def test_what_profiles_learnt_is_there_again(connector, tmp_path):
    file = tmp_path / "sandbox.json"
    with sandbox_in(file) as sandbox:
        connector.run("identify", {"userId": "ada-1", "traits": {"plan": "pro"}}, sandbox.connection).unwrap()
    with sandbox_in(file) as sandbox:
        assert "ada-1" in json.dumps(sandbox.state()["profiles"])


def test_clearing_is_kept_too(connector, tmp_path):
    file = tmp_path / "sandbox.json"
    with sandbox_in(file) as sandbox:
        sent(connector, sandbox)
        connector.run("create_source", SOURCE, sandbox.connection).unwrap()
        sandbox.clear()
    with sandbox_in(file) as sandbox:
        assert sandbox.events() == []
        assert "shop" not in names(connector, sandbox)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not a file of a sandbox"),
        (b"[]", "is not a file of a sandbox"),
        (b'{"form": 9, "connector": "segment"}', "is of form 9, and this release reads form 1"),
        (b'{"form": 1, "connector": "boxes"}', "is of the connector 'boxes', and this one is 'segment'"),
        (b'{"form": 1, "connector": "segment", "events": [1], "ids": [], "last": 1, "worlds": {}}', "is damaged"),
    ],
)
def test_a_file_that_is_not_its_own_is_refused_and_left_alone(content, message, tmp_path):
    file = tmp_path / "sandbox.json"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        Sandbox(Specs(), file=file)
    (problem,) = caught.value.problems
    assert (problem.message, problem.path) == (message, str(file))
    assert problem.hint == "name another file, or remove it to start again"
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_written_or_read_is_refused_before_anything_is_served(tmp_path):
    said = cli("sandbox", "--port", "0", "--file", str(tmp_path / "nowhere" / "sandbox.json"))
    assert said.code == 2
    assert "cannot be written: No such file or directory" in said.stderr
    assert "hint: name a file in a folder of yours" in said.stderr
    with pytest.raises(InputError, match="cannot be read"):
        Sandbox(Specs(), file=tmp_path)
    refused = cli("serve", "--port", "0", "--sandbox-file", str(tmp_path / "nowhere" / "sandbox.json"))
    assert refused.code == 2
    assert "cannot be written" in refused.stderr


def test_a_kill_loses_nothing_that_was_saved(connector, tmp_path):
    file = tmp_path / "sandbox.json"
    process = subprocess.Popen(
        command("sandbox", "--port", "0", "--json", "--file", str(file)),
        stdout=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        address = told["environment"]["SEGMENT_TRACKING_URL"]
        body = {"event": "A", "userId": "u", "messageId": "m-1"}
        with requests.Session() as session:
            session.trust_env = False
            auth = (told["environment"]["SEGMENT_WRITE_KEY"], "")
            assert session.post(f"{address}/track", json=body, auth=auth).status_code == 200
        until = time.monotonic() + 30
        while b"m-1" not in file.read_bytes():
            assert time.monotonic() < until, "it was never saved"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    with sandbox_in(file) as sandbox:
        assert [one["id"] for one in sandbox.events()] == ["m-1"]
