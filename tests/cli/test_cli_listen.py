"""``listen``: what it prints and runs, where it goes on, and what it refuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import cli, command, environment

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SOURCE = "qQEHquLrjRDN9j1ByrChyn"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return {**sandbox.environment, "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def connector() -> Connector:
    return Connector.load()


def test_a_poll_goes_on_where_the_last_one_ended(
    connector: Connector, sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    words = ("listen", "new_source", "--once", "--file", str(tmp_path / "inbox.db"))
    first = cli(*words, env=env)
    assert (first.code, first.stdout) == (0, "")
    assert "the first look is done" in first.stderr
    connector.run("create_source", {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}, sandbox.connection)
    second = cli(*words, env=env)
    assert (second.code, second.json["title"], second.json["trigger"]) == (0, "one", "new_source")
    assert cli(*words, env=env).stdout == ""
    again = cli(*words, "--replay", env=env)
    assert (again.json["id"], "1 item is passed on again" in again.stderr) == (second.json["id"], True)


def test_a_command_is_run_for_each_item(
    connector: Connector, sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    inbox, out = tmp_path / "inbox.db", tmp_path / "out"
    words = ("listen", "new_source", "--once", "--file", str(inbox), "--exec")
    cli(*words, "true", env=env)
    connector.run("create_source", {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}, sandbox.connection)
    failing = cli(*words, "false", env=env)
    assert "ended with 1" in failing.stderr
    assert failing.code == 1
    taking = cli(*words, f"sh -c 'cat > {out}; echo $SEGMENT_CONNECTOR_ITEM_TITLE >> {out}'", env=env)
    del taking
    # What failed waits for its next try; a later look takes it.
    import sqlite3

    with sqlite3.connect(inbox) as database:
        database.execute("UPDATE items SET next_try = 0")
    taken = cli(*words, f"sh -c 'cat > {out}; echo; echo $SEGMENT_CONNECTOR_ITEM_TITLE >> {out}'", env=env)
    assert taken.code == 0
    text = out.read_text()
    assert json.loads(text[: text.rindex("}") + 1])["title"] == "one"
    assert text.endswith("one\n")


def test_a_webhook_is_received_and_taken_down_at_the_end(
    connector: Connector, sandbox: Sandbox, env: dict[str, str]
) -> None:
    words = command("listen", "event_received", "-p", f"sourceId={SOURCE}", "--port", "0", "--max-items", "2")
    with subprocess.Popen(
        words, env=environment(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        assert "deliveries come to http://127.0.0.1:" in run.stderr.readline()
        for name in ("m1", "m2", "m3"):
            connector.run("track", {"event": "Seen", "userId": "u", "messageId": name}, sandbox.connection)
        out, err = run.communicate(timeout=60)
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["m1", "m2"]
    assert (run.returncode, "the webhook is removed" in err) == (0, True)
    listed = connector.iterate("list_connected_destinations_from_source", {"sourceId": SOURCE}, sandbox.connection)
    assert [one for one in listed if one["name"].startswith("Event received")] == []


def test_a_person_is_told_how_to_set_it_up(env: dict[str, str]) -> None:
    told = cli("listen", "event_received", "-p", f"sourceId={SOURCE}", "--port", "0", "--manual", "--once", env=env)
    assert (told.code, told.stdout) == (0, "")
    assert told.stderr.startswith("1. In Segment, open the source")
    assert "http://127.0.0.1:" in told.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["event_recieved"], "did you mean 'event_received'?"),
        (["event_received"], "sourceId"),
        (["event_received", "-p", f"sourceId={SOURCE}"], "--url"),
        (["workspace_changed", "--exec", "no-such-program-here", "--once"], "there is no such program"),
        (["workspace_changed", "--exec", "sh -c 'x", "--once"], "close the quotes"),
        (["workspace_changed", "-p", "tyes:=[]", "--once"], "did you mean 'types'?"),
    ],
)
def test_what_is_wrong_is_refused(words: list[str], said: str) -> None:
    told = cli("listen", *words, "--port", "0", env={"SEGMENT_PUBLIC_TOKEN": "made-up-token-of-the-tests"})
    assert told.code == 2, told.stderr
    assert said in told.stderr


def test_a_listener_is_removed(env: dict[str, str], tmp_path: Path) -> None:
    file = ("--file", str(tmp_path / "inbox.db"))
    cli("listen", "new_source", "--once", *file, env=env)
    assert "'new_source' is removed" in cli("listen", "new_source", "--remove", *file, env=env).stderr
    assert "there is no listener 'new_source' here" in cli("listen", "new_source", "--remove", *file, env=env).stderr


def test_triggers_are_listed_and_shown() -> None:
    listed = cli("list", "--triggers", "--json").json
    assert {"event_received", "sync_failed"} <= {one["name"] for one in listed}
    assert "audience_entered" in cli("list", "--triggers", "--search", "joins an audience").stdout
    shown = cli("show", "delivery_failing")
    assert "polled every 300 s" in shown.stdout
    assert cli("show", "event_received", "--json").json["sample"]["title"] == "Order Completed"
    assert "did you mean 'tracking_plans' or" in cli("list", "--triggers", "--group", "trackingplans").stderr
