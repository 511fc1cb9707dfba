"""The history of calls in its file: what is kept, what is forgotten, and that no secret is in its bytes."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from segment_connector import Connector, InputError
from segment_connector.service.backend import Backend
from segment_connector.service.call_history import CallHistory, PastCall
from segment_connector.service.settings import Settings
from segment_connector.service.workbench.history.kept_call import call_and_keep

CALL = PastCall(
    at="2026-11-29T12:00:00.000Z", action="track", connection="sandbox", ok=True, verdict="accepted", status=200,
    seconds=0.012, complete=True, inputs={"event": "Signed Up"}, request={"method": "POST"}, answer={"ok": True},
)  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> Iterator[CallHistory]:
    made = CallHistory(tmp_path / "calls.sqlite", limit=3)
    yield made
    made.close()


def test_calls_are_found_by_words_action_and_outcome_and_outlive_the_service(history: CallHistory) -> None:
    history.keep(CALL)
    history.keep(replace(CALL, action="identify", ok=False, verdict="timeout", status=None, inputs={"userId": "u-1"}))
    assert [one.action for one in history.find()] == ["identify", "track"]
    assert [one.number for one in history.find("signed UP")] == [1]
    assert [one.number for one in history.find(action="identify")] == [2]
    assert [one.number for one in history.find(ok=True)] == [1]
    assert [one.number for one in history.find(before=2)] == [1]
    assert history.find("100%_'\"") == []
    assert history.actions() == ["identify", "track"]
    history.close()
    history.close()
    history.keep(CALL)  # of a call that ended after the service
    again = CallHistory(history.path)
    assert again.get(1) == replace(CALL, number=1)
    assert again.get(7) is None
    again.close()


def test_the_oldest_go_first_and_what_is_forgotten_is_gone_from_the_file(history: CallHistory) -> None:
    for number in range(5):
        history.keep(replace(CALL, inputs={"event": f"forgotten-{number}"}))
    assert [one.number for one in history.find()] == [5, 4, 3]
    history.delete(4)
    assert [one.number for one in history.find()] == [5, 3]
    assert history.count() == 2
    assert history.clear() == 2
    assert history.find() == []
    history.close()
    assert history.path is not None
    left = b"".join(path.read_bytes() for path in history.path.parent.iterdir())
    assert b"forgotten-" not in left


def test_all_calls_together_stay_small(history: CallHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment_connector.service.call_history._MOST_BYTES", 250)
    history.keep(replace(CALL, answer="x" * 150))
    history.keep(replace(CALL, answer="y" * 150))
    assert [one.number for one in history.find()] == [2]


def test_what_is_too_long_is_said_to_be(history: CallHistory) -> None:
    history.keep(replace(CALL, inputs={"event": "x" * 600_000}, answer="y" * 600_000))
    (kept,) = history.find()
    assert not kept.complete
    whole = history.get(1)
    assert whole is not None
    assert whole.answer == "(too long to be kept)"


def test_keeping_is_switched_off_and_on(history: CallHistory) -> None:
    history.switch(on=False)
    history.keep(CALL)
    assert not history.keeps
    assert history.find() == []
    history.switch(on=True)
    history.keep(CALL)
    assert len(history.find()) == 1
    none = CallHistory(limit=0)
    none.keep(CALL)
    assert not none.keeps
    assert none.find() == []
    none.close()


def test_favourites_keep_their_order(history: CallHistory) -> None:
    for action in ("track", "identify", "track"):
        history.star(action, on=True)
    assert history.favourites() == ["track", "identify"]
    history.star("track", on=False)
    history.star("track", on=True)
    assert history.favourites() == ["identify", "track"]


@pytest.mark.skipif(os.name != "posix", reason="there are no modes")
def test_the_file_is_for_its_owner_only(history: CallHistory) -> None:
    history.keep(CALL)
    history.close()
    assert history.path is not None
    assert history.path.stat().st_mode & 0o077 == 0
    history.path.chmod(0o644)
    with pytest.raises(InputError, match="others may read") as refused:
        CallHistory(history.path)
    assert "chmod 600" in (refused.value.hint or "")


@pytest.mark.parametrize("content", [b"not a database at all, and long enough for a head", b""])
def test_another_file_is_refused_and_an_empty_one_taken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    path.chmod(0o600)
    if content:
        with pytest.raises(InputError, match="is not a history"):
            CallHistory(path)
    else:
        CallHistory(path).close()


@pytest.mark.parametrize(("version", "said"), [(99, "newer version"), (0, "another program")])
def test_a_file_of_another_version_is_refused(tmp_path: Path, version: int, said: str) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE something (name TEXT)")
        file.execute(f"PRAGMA user_version = {version}")
    file.close()
    path.chmod(0o600)
    with pytest.raises(InputError, match=said) as refused:
        CallHistory(path)
    assert "--history" in (refused.value.hint or "")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    history = CallHistory(tmp_path / "no-such-folder" / "calls.sqlite")
    history.keep(CALL)  # nobody who makes a call is troubled
    with pytest.raises(InputError, match="history cannot be used") as refused:
        history.find()
    assert "--history off" in (refused.value.hint or "")
    history.close()


def test_where_it_is_kept(tmp_path: Path) -> None:
    connections = tmp_path / "connections.yaml"
    for settings, given, path in [
        (Settings(), None, None),
        (Settings(), connections, tmp_path / "connections.history.sqlite"),
        (Settings(history=str(tmp_path / "own")), connections, tmp_path / "own"),
        (Settings(history="off"), connections, None),
    ]:
        made = settings.history_for(given)
        assert made.path == path
        assert bool(made.limit) == (settings.history != "off")
        made.close()


SECRETS = {
    "track": {"event": "Signed Up", "userId": "u-1"},
    "list_sources": {},
    "get_source": {"sourceId": "qQEHquLrjRDN9j1ByrChyn"},
    "remove_write_key_from_source": {"sourceId": "qQEHquLrjRDN9j1ByrChyn", "writeKey": "demo-website-old-key"},
    "create_warehouse": {
        "metadataId": "aea3c55dsz", "enabled": True, "settings": {"password": "a-password-of-a-database"},
    },
    "list_destinations": {},
}  # fmt: skip
HIDDEN = ("sandbox-writeKey", "sandbox-publicToken", "demo-website", "a-password-of-a-database")


def test_no_secret_is_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    backend = Backend(Connector.load(max_retries=0), history=CallHistory(path))
    for name, inputs in SECRETS.items():
        action = backend.connector.specs.action(name)
        call_and_keep(backend, action, inputs, "sandbox")
    with pytest.raises(InputError):
        call_and_keep(backend, backend.connector.specs.action("track"), {"event": 7}, "sandbox")
    kept = backend.history.find()
    assert [one.action for one in reversed(kept)] == [*SECRETS, "track"]
    by_action = {one.action: backend.history.get(one.number) for one in kept[1:]}
    track, warehouse = by_action["track"], by_action["create_warehouse"]
    assert track is not None
    assert warehouse is not None
    # The request has the very ids that were sent.
    assert track.request["body"]["messageId"] == track.answer["meta"]["message_ids"][0]
    assert track.complete
    assert not warehouse.complete
    assert "settings" not in (warehouse.inputs or {})
    listed = by_action["list_sources"]
    assert listed is not None
    assert listed.answer["outputs"]["sources"][0]["name"] == "Website"
    assert "********" in json.dumps(listed.answer)
    refused = backend.history.get(kept[0].number)
    assert refused is not None
    assert (refused.ok, refused.request) == (False, None)
    backend.close()
    files = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert b"Website" in files
    assert [one for one in HIDDEN if one.encode() in files] == []
