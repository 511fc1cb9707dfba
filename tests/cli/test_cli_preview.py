"""``preview``: the request without a socket, where its parts come from, and the same as a curl command."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_support import KEY, Said, cli, environment, program
from faultserver import FaultServer, Seen, answer

from segment_connector import Connector
from segment_connector.redact import redact_text, secrets_in

pytestmark = pytest.mark.unmeasured

TRACK = ("track", "-p", "event=Order Completed", "-p", "userId=u-1")
TOKEN = "sgp_5ecretToken"


def test_a_preview_shows_the_request_and_where_its_parts_come_from():
    said = cli("preview", *TRACK, "-p", "messageId=m-1", env={"SEGMENT_WRITE_KEY": KEY})
    lines = said.stdout.splitlines()
    assert (said.code, said.stderr) == (0, "")
    assert lines[0] == "POST https://api.segment.io/v1/track"
    assert "Authorization: Basic ********" in lines
    assert '  "userId": "u-1",' in lines
    rows = [re.split(r"\s+<- ", line) for line in lines[lines.index("}") + 2 :]]
    assert rows[0] == ["FIELD", "TEMPLATE", "VALUE"]
    assert rows[1] == ["body.event", "{{ input.event }}", "Order Completed"]
    assert ["body.anonymousId", "{{ input.anonymousId }}", "(not given, left out)"] in rows
    assert ["body.messageId", "{{ input.messageId }}", "m-1"] in rows
    [stamp] = [row[2] for row in rows if row[0] == "body.timestamp"]
    [now] = [row[2] for row in rows if row[0] == "body.sentAt"]
    assert stamp == f"{now}  (generated)"
    assert f'  "sentAt": "{now}"' in lines


def test_a_preview_needs_no_credential_but_says_that_a_call_does():
    said = cli("preview", *TRACK)
    assert said.code == 0
    assert "Authorization" not in said.stdout
    assert said.errors == [
        "warning: the Tracking API needs a credential, which the connection does not have",
        "  hint: before 'run', set SEGMENT_WRITE_KEY, or name a file with --connection",
    ]


def test_a_preview_as_json():
    said = cli("preview", *TRACK, "-p", "integrations.all:=true", "--json", env={"SEGMENT_WRITE_KEY": KEY})
    assert list(said.json) == ["method", "url", "headers", "body"]
    assert said.json["headers"]["Authorization"] == "Basic ********"
    assert said.errors[0].startswith("warning: integrations.all: ")


def test_a_preview_shows_a_credential_in_the_body_masked(tmp_path: Path):
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"writeKey": KEY, "writeKeyInBody": True}))
    shown = cli("preview", *TRACK, "--json", "--connection", str(file)).json
    assert shown["body"]["writeKey"] == "********"
    assert "Authorization" not in shown["headers"]


def test_a_preview_opens_no_socket():
    code = (
        "import sys\n"
        "def refuse(event, _):\n"
        "    if event.startswith('socket.'):\n"
        "        raise RuntimeError(event)\n"
        "sys.addaudithook(refuse)\n"
        "from segment_connector.cli import main\nmain()"
    )
    for form in ((), ("--json",), ("--curl",)):
        said = program("preview", *TRACK, *form, code=code, env={"SEGMENT_WRITE_KEY": KEY})
        assert (said.code, said.stderr) == (0, "")
    assert "socket." in program("run", *TRACK, code=code, env={"SEGMENT_WRITE_KEY": KEY}).stderr


def test_a_preview_shows_path_query_headers_and_defaults(lab, tmp_path: Path):
    lab.write(
        api="{{ input.api }}",
        parameters={
            "api": {"type": "string", "default": "main"},
            "id": {"type": "string"},
            "count": {"type": "integer"},
            "pin": {"type": "string", "secret": True},
        },
        required=["id"],
        endpoint="PUT /things/{{ input.id }}",
        query={"page": {"count": "{{ input.count }}"}},
        headers={"X-Team": "team {{ connection.team }}"},
        body={"pin": "{{ input.pin }}", "list": ["{{ input.id }}", 5], "none": {}},
    )  # fmt: skip
    file = tmp_path / "connection.json"
    file.write_text('{"apiKey": "key-1234", "team": "blue"}')
    said = cli(
        "--specs", str(lab.root), "preview", "act", "-p", "id=a/b c", "-p", "count:=3", "-p", "pin=9-5ecret-9",
        "--connection", str(file),
    )  # fmt: skip
    assert said.code == 0
    assert said.stdout.startswith("PUT https://lab.test/v1/things/a%2Fb%20c?page.count=3\n")
    rows = [re.split(r"\s+<- ", line) for line in said.stdout.splitlines() if "<- " in line]
    assert rows[1:] == [
        ["api", "{{ input.api }}", "main  (default)"],
        ["path", "/things/{{ input.id }}", "/things/a%2Fb%20c"],
        ["query.page.count", "{{ input.count }}", "3"],
        ["headers.X-Team", "team {{ connection.team }}", "team blue"],
        ["body.pin", "{{ input.pin }}", "********"],
        ["body.list.0", "{{ input.id }}", "a/b c"],
        ["body.list.1", "5"],
        ["body.none", "{}"],
    ]
    assert "5ecret" not in said.stdout


def test_a_long_value_is_shortened_in_the_table_only():
    said = cli("preview", "track", "-p", f"event={'x' * 200}", "-p", "userId=u")
    assert f'"event": "{"x" * 200}"' in said.stdout
    assert f"<- {'x' * 57}...\n" in said.stdout


def test_a_preview_says_as_how_many_requests_a_long_list_is_sent():
    entries = [{"type": "track", "event": "E", "userId": "u"}] * 2501
    said = cli("preview", "batch", "--input", "-", "--json", stdin=json.dumps({"batch": entries}))
    assert said.errors == [
        "warning: batch: this is shown as one request, and is sent as 2",
        "  hint: one request takes 2,500 entries and 500,000 bytes",
    ]
    assert len(said.json["body"]["batch"]) == 2501


def test_json_and_curl_exclude_each_other():
    assert cli("preview", *TRACK, "--json", "--curl").code == 2


def curled(
    arguments: list[str], connection: dict[str, Any], variables: dict[str, str], tmp_path: Path, shell: str = "bash"
) -> tuple[Said, Seen, dict[str, Any], FaultServer]:
    """What a server gets when a shell runs what ``--curl`` prints, and what ``--json`` shows of the same request."""
    with FaultServer(answer({"success": True})) as server:
        servers = dict.fromkeys(("tracking", "public", "profiles"), f"{server.url}/v1")
        file = tmp_path / "connection.json"
        file.write_text(json.dumps({**connection, "servers": servers}))
        said = cli("preview", *arguments, "--curl", "--connection", str(file))
        assert said.code == 0, said.stderr
        planned = cli("preview", *arguments, "--json", "--connection", str(file)).json
        done = subprocess.run(
            [shell],
            input=said.stdout.encode(),
            env=environment(variables),
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"success": True}
    [seen] = server.seen
    assert f"{server.url}{seen.target}" == planned["url"]
    assert seen.method == planned["method"]
    for name, value in planned["headers"].items():
        if name != "Authorization":
            assert seen.headers[name.lower()] == value
    return said, seen, planned, server


NASTY = 'it\'s "quoted" $HOME `id` $(id) \\ \n\t! {{ 7*7 }} %41 ż 🎉 \x07'


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_curl_sends_what_the_connector_would_send(tmp_path: Path, shell: str):
    arguments = ["track", "-p", f"event={NASTY}", "-p", "userId=@/etc/passwd", "-p", "messageId=m"]
    said, seen, planned, _ = curled(arguments, {"writeKey": KEY}, {"SEGMENT_WRITE_KEY": KEY}, tmp_path, shell)
    assert seen.json["event"] == NASTY
    assert {**seen.json, "sentAt": 0, "timestamp": 0} == {**planned["body"], "sentAt": 0, "timestamp": 0}
    assert seen.headers["authorization"] == "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
    assert '--user "$SEGMENT_WRITE_KEY:"' in said.stdout
    assert (said.stderr, KEY in said.stdout) == ("", False)


def test_curl_without_a_credential_shows_the_plainest_way_to_sign(tmp_path: Path):
    said, seen, _, _ = curled(list(TRACK), {}, {"SEGMENT_WRITE_KEY": "another"}, tmp_path)
    assert seen.headers["authorization"] == "Basic " + base64.b64encode(b"another:").decode()
    assert said.stderr == ""


def test_curl_with_a_bearer_token_and_a_query(tmp_path: Path):
    arguments = [
        "custom_api_call",
        "-p",
        "api=public",
        "-p",
        "method=GET",
        "-p",
        "path=a b/{c}/[d]",
        "-p",
        "query.x=y&z",
    ]
    said, seen, _, _ = curled(arguments, {"publicToken": TOKEN}, {"SEGMENT_PUBLIC_TOKEN": TOKEN}, tmp_path)
    assert (seen.method, seen.target, seen.body) == ("GET", "/v1/a%20b/%7Bc%7D/%5Bd%5D?x=y%26z", b"")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in said.stdout


def test_curl_with_the_credential_in_the_body(tmp_path: Path):
    connection = {"writeKey": KEY, "writeKeyInBody": True}
    said, seen, planned, _ = curled(
        ["track", "-p", "event=it's", "-p", "userId=u"], connection, {"SEGMENT_WRITE_KEY": KEY}, tmp_path
    )
    assert "authorization" not in seen.headers
    assert seen.json["writeKey"] == KEY
    assert seen.json["event"] == "it's"
    assert list(seen.json) == list(planned["body"])
    assert KEY not in said.stdout


def test_curl_with_an_oauth_token(tmp_path: Path):
    oauth = {"clientId": "c", "keyId": "k", "privateKey": "-----BEGIN 5ecret"}
    said, seen, _, _ = curled(
        list(TRACK), {"writeKey": KEY, "oauth": oauth}, {"ACCESS_TOKEN": "tok", "SEGMENT_WRITE_KEY": KEY}, tmp_path
    )
    assert said.stdout.startswith("# ACCESS_TOKEN is an access token of the OAuth token server (POST /token)\ncurl ")
    assert seen.headers["authorization"] == "Bearer tok"
    assert seen.json["writeKey"] == KEY
    assert "5ecret" not in said.stdout


def test_curl_with_a_body_larger_than_an_argument_may_be(tmp_path: Path):
    text = "é'$HOME" * 3000
    entries = [{"type": "track", "event": f"{index} {text}", "userId": "u"} for index in range(12)]
    file = tmp_path / "input.json"
    file.write_text(json.dumps({"batch": entries}))
    said, seen, planned, _ = curled(
        ["batch", "--input", str(file)], {"writeKey": KEY}, {"SEGMENT_WRITE_KEY": KEY}, tmp_path
    )
    assert len(seen.body) > 200_000
    assert [one["event"] for one in seen.json["batch"]] == [one["event"] for one in planned["body"]["batch"]]
    assert said.stdout.startswith("printf '%s' ")


def test_curl_with_empty_headers_and_no_body(tmp_path: Path):
    arguments = ["custom_api_call", "-p", "path=x", "-p", "headers.X-Empty=", "-p", "headers.X-Odd=@a 'b' $HOME"]
    _, seen, _, _ = curled(arguments, {"writeKey": KEY}, {"SEGMENT_WRITE_KEY": KEY}, tmp_path)
    assert (seen.method, seen.body, seen.headers["content-length"]) == ("POST", b"", "0")
    assert (seen.headers["x-empty"], seen.headers["x-odd"]) == ("", "@a 'b' $HOME")
    assert "content-type" not in seen.headers


def test_curl_masks_a_secret_in_the_inputs_and_says_so():
    said = cli("preview", "track", "-p", "event=E", "-p", f"userId={KEY}", "--curl", env={"SEGMENT_WRITE_KEY": KEY})
    assert '"userId":"********"' in said.stdout
    assert said.errors[0] == "warning: a secret in the inputs is masked in this command"


def test_curl_makes_a_variable_of_a_property_that_names_none(lab, tmp_path: Path):
    lab.write()
    said = cli("--specs", str(lab.root), "preview", "act", "--curl")
    assert '--header "Authorization: Bearer $API_KEY"' in said.stdout
    lab.write(api="open")
    assert "Authorization" not in cli("--specs", str(lab.root), "preview", "act", "--curl").stdout


def test_curl_asks_for_the_head_only_and_takes_brackets_as_they_are(lab, tmp_path: Path):
    lab.write(endpoint="HEAD /act")
    file = tmp_path / "connection.json"
    file.write_text('{"servers": {"main": "http://[::1]:8080"}}')
    shown = cli("--specs", str(lab.root), "preview", "act", "--curl", "--connection", str(file)).stdout
    assert shown.splitlines()[0] == "curl --head \\"
    assert "--globoff" in shown


def test_every_example_can_be_previewed(subtests: pytest.Subtests):
    for name in sorted(Connector.load().actions):
        with subtests.test(name):
            action = Connector.load().actions[name]
            for one in action.examples:
                said = cli(
                    "preview", name, "--input", "-", stdin=json.dumps(one.input), env={"SEGMENT_SPACE_ID": "spa_1"}
                )
                method, url = said.stdout.splitlines()[0].split(" ")
                assert (said.code, method) == (0, one.request["method"])
                path = one.request["path"].replace("spa_2b7QjFxgiGo2xyKRnKxV3zFNaMc/collections", "spa_1/collections")
                assert url.endswith(redact_text(path, secrets_in(action.input_schema, one.input)))
