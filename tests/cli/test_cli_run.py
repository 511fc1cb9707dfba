"""``run``: what is called, what is said on which stream, and with which exit code it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import KEY, Said, cli, program
from faultserver import FaultServer, answer, then_reset, unused_port

TRACK = ("track", "-p", "event=Order Completed", "-p", "userId=u-1")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def run(server: FaultServer, *arguments: str, stdin: str | None = None) -> Said:
    env = {"SEGMENT_WRITE_KEY": KEY, "SEGMENT_TRACKING_URL": server.url, "SEGMENT_PUBLIC_TOKEN": "sgp_5ecretToken"}
    return cli("run", *arguments, stdin=stdin, env={**env, "SEGMENT_PUBLIC_URL": server.url})


def test_a_call_that_is_accepted(server):
    said = run(server, *TRACK, "-p", "messageId=m-1", "-p", "timestamp=2026-01-31T12:00:00Z")
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        f"accepted at {server.url}, in place of Segment Tracking API (HTTP 200); delivery to destinations is not known",
        "  event      Order Completed",
        "  userId     u-1",
        "  messageId  m-1",
        "  timestamp  2026-01-31T12:00:00Z",
    ]
    assert server.seen[0].json["messageId"] == "m-1"


def test_json_is_the_result_and_nothing_else(server):
    said = run(server, *TRACK, "-p", "integrations.all:=true", "--json")
    assert (said.code, said.stderr) == (0, "")
    assert list(said.json) == ["ok", "action", "outputs", "error", "meta"]
    assert said.json["meta"]["warnings"][0]["field"] == "integrations.all"


def test_warnings_go_to_stderr(server):
    said = run(server, *TRACK, "-p", "integrations.all:=true")
    assert said.code == 0
    assert said.errors == [
        "warning: integrations.all: integrations.all is not read: names are case sensitive",
        "  hint: write All",
    ]


def test_inputs_from_stdin_as_in_the_help(server):
    said = run(server, "group", "--input", "-", stdin='{"userId": "u-1", "groupId": "g-1"}')
    assert said.code == 0
    assert server.bodies[0]["groupId"] == "g-1"


def test_a_refusal_ends_with_1_and_tells_code_cure_and_details(server):
    server.replies = [answer({"message": "nothing here"}, 404, {"X-Request-Id": "req-7"})]
    said = run(server, *TRACK)
    assert (said.code, said.stdout) == (1, "")
    assert said.errors == [
        f"error: not_found: 127.0.0.1:{server.port} answered 404: nothing here",
        "  hint: Check the server's address in the connection; the Tracking API is below /v1.",
        "  request id: req-7",
        "  details:",
        "    {",
        '      "message": "nothing here"',
        "    }",
    ]


def test_a_refusal_that_names_a_field(server):
    errors = [{"type": "bad-request", "message": "unknown", "field": "path"}]
    server.replies = [answer({"errors": errors}, 400)]
    said = run(server, "custom_api_call", "-p", "api=public", "-p", "path=x", "--yes")
    assert said.errors[0] == f"error: bad_request: path: 127.0.0.1:{server.port} answered 400: unknown"


def test_a_refusal_as_json_is_on_stdout_and_ends_with_1(server):
    server.replies = [answer({}, 403)]
    said = run(server, *TRACK, "--json")
    assert (said.code, said.stderr) == (1, "")
    assert (said.json["ok"], said.json["error"]["code"]) == (False, "forbidden")


def test_waits_are_told_and_the_next_try_may_succeed(server):
    server.replies = [answer({}, 503), answer({}, 429, {"Retry-After": "1"}), answer({"success": True})]
    said = run(server, *TRACK, "--json")
    assert said.code == 0
    assert said.errors[0].startswith("waiting 0.5 s before attempt 2 (HTTP 503")
    assert said.errors[1] == "waiting 1 s before attempt 3 (HTTP 429, asked by the server)"
    assert said.json["meta"]["attempts"] == 3


def test_tries_can_be_turned_off(server):
    server.replies = [answer({}, 503)]
    said = run(server, *TRACK, "--max-retries", "0")
    assert (said.code, len(server.seen)) == (1, 1)
    assert said.errors[0].startswith("error: server_error: ")


def test_what_may_have_arrived_can_be_repeated_without_counting_twice(server):
    server.replies = [then_reset()]
    said = run(server, *TRACK, "-p", "messageId=m 1", "--max-retries", "0")
    assert said.code == 1
    assert said.errors[-1] == (
        "  hint: it may have arrived anyway; to repeat it without counting twice, add -p messageId='m 1'"
    )


def test_a_server_that_is_not_there_ends_with_1():
    env = {"SEGMENT_WRITE_KEY": KEY, "SEGMENT_TRACKING_URL": f"http://127.0.0.1:{unused_port()}"}
    said = program("run", *TRACK, "--max-retries", "0", env=env)
    assert (said.code, said.stdout) == (1, "")
    assert said.errors[0].startswith("error: connection_failed: ")
    assert said.errors[1].startswith("  hint: ")


def test_giving_up_says_after_how_many_tries(server):
    server.replies = [answer({}, 503)]
    said = run(server, *TRACK, "--max-retries", "1")
    assert said.code == 1
    assert "  gave up after 2 attempts and 1 s of waiting" in said.errors


@pytest.mark.parametrize("tries", ["-1", "many"])
def test_a_number_of_tries_that_is_none(server, tries):
    assert run(server, *TRACK, "--max-retries", tries).code == 2
    assert server.seen == []


def test_bad_input_ends_with_2_and_nothing_is_sent(server):
    said = run(server, "track", "-p", "event=E")
    assert (said.code, said.stdout, server.seen) == (2, "", [])
    assert said.errors[0] == "error: userId: userId or anonymousId is required; both may be given"


def test_bad_input_with_json_is_a_result_too(server):
    said = run(server, "track", "-p", "event=E", "--json")
    assert (said.code, server.seen) == (2, [])
    assert (said.json["ok"], said.json["error"]["field"]) == (False, "userId")
    assert said.errors[0].startswith("error: userId: ")


def test_without_a_credential_it_says_how_to_get_one():
    said = cli("run", *TRACK)
    assert said.code == 2
    assert said.errors[0].startswith("error: writeKey: the Tracking API needs 'writeKey'")
    assert said.errors[1].startswith("  hint: In Segment open Connections > Sources")
    assert said.errors[1].endswith(
        "Then set SEGMENT_WRITE_KEY, or name a file with 'writeKey' with --connection; --sandbox needs neither"
    )


def test_a_missing_credential_without_a_variable(lab):
    lab.write()
    said = cli("--specs", str(lab.root), "run", "act")
    assert said.errors == [
        "error: apiKey: the Main API needs 'apiKey', which the connection does not have",
        "  hint: Ask the lab. Then name a file with 'apiKey' with --connection; --sandbox needs neither",
    ]


def test_outputs_of_every_shape_and_of_a_read(lab, server, tmp_path: Path):
    lab.write(
        effect="read", body={"a": 1},
        outputs={
            "text": {"value": "{{ response.body.text }}", "type": "string", "description": "Text"},
            "none": {"value": "{{ response.body.none }}", "type": "null", "description": "Nothing"},
            "empty": {"value": "{{ response.body.empty }}", "type": "array", "description": "Empty"},
            "rows": {"value": "{{ response.body.rows }}", "type": "array", "description": "Rows"},
        },
    )  # fmt: skip
    server.replies = [answer({"text": "a\x1b[31m\nb", "none": None, "empty": [], "rows": [{"id": 1}]})]
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"region": "eu", "apiKey": "key-1234", "servers": {"main": server.url}}))
    said = cli("--specs", str(lab.root), "run", "act", "--connection", str(file))
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        f"accepted at {server.url}, in place of Lab Main API (HTTP 200)",
        r"  text   a\x1b[31m\nb",
        "  none   null",
        "  empty  []",
        "  rows",
        "    [",
        "      {",
        '        "id": 1',
        "      }",
        "    ]",
    ]


def test_an_action_that_chooses_its_api_is_accepted_by_the_service(server):
    said = run(server, "custom_api_call", "-p", "api=public", "-p", "method=GET", "-p", "path=x", "--yes")
    assert said.stdout.startswith(f"accepted at {server.url}, in place of Segment (HTTP 200)\n")


def test_the_sandbox_needs_no_account_and_tells_what_arrived():
    said = cli("run", *TRACK, "--sandbox")
    assert said.code == 0
    assert said.stdout.startswith("accepted by the sandbox, in place of Segment Tracking API (HTTP 200)\n")
    assert said.errors == ["sandbox: 1. track accepted"]


def test_the_sandbox_keeps_stdout_for_json():
    said = cli("run", *TRACK, "--sandbox", "--json")
    assert (said.code, said.json["ok"]) == (0, True)


def test_the_sandbox_tells_what_would_have_been_dropped_in_silence():
    said = cli("run", "custom_api_call", "-p", "path=/track", "-p", "body.event=E", "--sandbox")
    assert said.code == 0
    assert said.errors[0].startswith("sandbox: 1. track dropped: ")
    assert said.errors[1].startswith("  hint: ")


def test_the_sandbox_tells_only_the_numbers_of_many_events():
    entries = [{"type": "track", "event": "E", "userId": f"u-{index}"} for index in range(30)]
    entries[7] = {"type": "track", "event": "E"}
    call = json.dumps({"path": "/batch", "body": {"batch": entries}})
    said = cli("run", "custom_api_call", "--input", "-", "--sandbox", stdin=call)
    assert said.errors[0] == "sandbox: 29 accepted, 1 dropped"
    assert said.errors[1].startswith("sandbox: 8. track dropped: ")


def test_the_sandbox_is_told_nothing_when_the_input_is_bad():
    said = cli("run", "track", "-p", "event=E", "--sandbox")
    assert said.code == 2
    assert "sandbox:" not in said.stderr


def test_the_sandbox_is_told_when_nothing_arrived():
    said = cli("run", "custom_api_call", "-p", "path=/nowhere", "--sandbox")
    assert said.code == 1
    assert said.errors[0] == "sandbox: nothing arrived"


def test_a_proxy_does_not_keep_the_sandbox_away():
    proxy = f"http://127.0.0.1:{unused_port()}"
    said = program(
        "run", *TRACK, "--sandbox", env={"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "example.com"}
    )
    assert said.code == 0, said.stderr


def test_a_sandbox_has_a_connection_of_its_own():
    said = cli("run", *TRACK, "--sandbox", "--connection", "x.json")
    assert said.code == 2
    assert "--sandbox brings a connection of its own" in said.stderr
