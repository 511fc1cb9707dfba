"""``segment-connector sandbox`` as a user calls it: the program itself, and its commands against a real sandbox."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests
from cli_support import cli, command, environment, program
from faultserver import FaultServer, answer, then_close, unused_port

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

GOOD = {"event": "Order Completed", "userId": "u-1"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


def send(environ: dict[str, str], body: dict[str, Any], key: str | None = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        auth = (key or environ["SEGMENT_WRITE_KEY"], "")
        return session.post(environ["SEGMENT_TRACKING_URL"] + "/track", json=body, auth=auth)


# -- serving -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def serving(*arguments: str, before: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """The program, serving at a free port; ``before`` is what starts it in place of this process."""
    process = subprocess.Popen(
        [*before, *command("sandbox", "--port", "0", *arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(measured=True),
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def greeting(process: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    """What it prints before the first event, and the variables that it says to export."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("To stop:"):
            break
    exports = dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.MULTILINE))
    return "".join(lines), exports


def stopped(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


def test_it_prints_what_to_export_and_then_each_event_until_it_is_stopped(specs: Specs) -> None:
    rule = specs.action("track").rules[0]
    body = '{"event":"Order Completed","userId":"u-1","messageId":"m-1"}\n'
    with serving() as process:
        text, exports = greeting(process)
        url = exports["SEGMENT_TRACKING_URL"].removesuffix("/v1")
        assert text.startswith(f"The sandbox stands in for Segment at {url}\n")
        assert f"segment-connector sandbox events --follow --url {url}\n" in text
        send(exports, {**GOOD, "messageId": "m-1"})
        send(exports, {"event": "A"})
        send(exports, {**GOOD, "messageId": "m-1"})
        lines = [process.stdout.readline() for _ in range(4)]
        double = json.loads(cli("sandbox", "events", "--url", url, "--status", "duplicate", "--json").stdout)
        code, rest, errors = stopped(process)
    assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in lines] == [
        "\n",
        f"   1  TIME  accepted   track     {body}",
        f"   2  TIME  dropped    track     userId: {rule.message} ({rule.hint})  " + '{"event":"A"}\n',
        f"   3  TIME  duplicate  track     messageId: {double['reason']} ({double['hint']})  " + body,
    ]
    assert (code, rest, errors) == (0, "stopped after 3 events\n", "")


def test_a_script_that_runs_it_in_the_background_can_stop_it() -> None:
    with serving(before=["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]) as process:
        greeting(process)
        assert stopped(process)[0] == 0


def test_a_service_manager_can_stop_it() -> None:
    with serving() as process:
        greeting(process)
        assert stopped(process, signal.SIGTERM)[0] == 0


def test_machines_read_one_json_object_a_line() -> None:
    with serving("--json") as process:
        index = json.loads(process.stdout.readline())
        send(index["environment"], GOOD)
        event = json.loads(process.stdout.readline())
        code, rest, errors = stopped(process)
    assert (event["status"], event["body"]) == ("accepted", GOOD)
    assert (code, rest, errors) == (0, "", "")


def test_a_credential_that_was_given_is_right_and_is_not_printed() -> None:
    with serving("--credential", "writeKey=my-own-key") as process:
        text, exports = greeting(process)
        assert "my-own-key" not in text
        assert "# SEGMENT_WRITE_KEY: as you gave it\n" in text
        send(exports, GOOD, "my-own-key")
        process.stdout.readline()
        assert "  accepted   track " in process.stdout.readline()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--credential", "writeKey"], "write NAME=VALUE, for example apiKey=abc"),
        (["--credential", "=x"], "write NAME=VALUE"),
        (["--credential", "writekey=x"], "error: writekey: is not a credential that the sandbox checks"),
        (["--port", "70000"], "70000 is not in the range 0<=x<=65535"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], said: str) -> None:
    result = cli("sandbox", *arguments)
    assert result.code == 2
    assert said in result.stderr


def test_a_taken_port_is_refused_with_the_cure(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    result = cli("sandbox", "--port", port)
    assert (result.code, result.stdout) == (2, "")
    assert result.errors == [
        f"error: port {port} cannot be used: Address already in use",
        "  hint: stop what uses it, or choose another with --port",
    ]


# -- asking --------------------------------------------------------------------------------------------------------


def test_events_are_shown(sandbox: Sandbox) -> None:
    send(sandbox.environment, GOOD)
    send(sandbox.environment, {**GOOD, "userId": "\x1b[31m", "properties": {"x": "x" * 200}}, "wrong")
    both = cli("sandbox", "events", "--url", sandbox.url).stdout.splitlines()
    dropped = cli("sandbox", "events", "--url", sandbox.url + "/", "--status", "dropped").stdout.splitlines()
    assert [line.split()[2] for line in both] == ["accepted", "dropped"]
    assert dropped == both[1:]
    assert "\x1b" not in dropped[0]
    assert dropped[0].endswith("xxx...")


def test_events_are_shown_as_json(sandbox: Sandbox) -> None:
    for number in range(3):
        send(sandbox.environment, {**GOOD, "messageId": str(number)})
    result = cli("sandbox", "events", "--url", sandbox.url, "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == sandbox.events()
    since = str(sandbox.events()[1]["number"])
    later = cli("sandbox", "events", "--url", sandbox.url, "--json", "--since", since)
    assert [json.loads(line)["id"] for line in later.stdout.splitlines()] == ["2"]


def test_all_events_are_shown_however_many(sandbox: Sandbox) -> None:
    entries = [{"type": "track", **GOOD, "messageId": str(number)} for number in range(450)]
    with requests.Session() as session:
        session.trust_env = False
        url = sandbox.environment["SEGMENT_TRACKING_URL"]
        session.post(url + "/batch", json={"batch": entries, "writeKey": sandbox.connection["writeKey"]})
    lines = cli("sandbox", "events", "--url", sandbox.url, "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(number) for number in range(450)]


def test_no_events_are_told_apart_from_no_answer(sandbox: Sandbox) -> None:
    result = cli("sandbox", "events", "--url", sandbox.url)
    assert (result.code, result.stdout, result.stderr) == (0, "", "no event yet\n")
    result = cli("sandbox", "events", "--url", sandbox.url, "--status", "dropped")
    assert (result.code, result.stdout, result.stderr) == (0, "", "no such event yet\n")


def test_events_can_be_followed(sandbox: Sandbox) -> None:
    send(sandbox.environment, GOOD)
    process = subprocess.Popen(
        command("sandbox", "events", "--follow", "--url", sandbox.url),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    with process:
        assert "  accepted   track " in process.stdout.readline()
        send(sandbox.environment, {"event": "A"})
        assert "  dropped    track " in process.stdout.readline()
        assert stopped(process) == (0, "", "")


def test_following_ends_with_the_sandbox(specs: Specs) -> None:
    with Sandbox(specs) as sandbox:
        process = subprocess.Popen(
            command("sandbox", "events", "-f", "--url", sandbox.url),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        send(sandbox.environment, GOOD)
        assert "accepted" in process.stdout.readline()
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors.startswith(f"error: no sandbox answers at {sandbox.url}: ")


def test_faults_are_asked_for(sandbox: Sandbox) -> None:
    arguments = ["--status", "429", "--retry-after", "2", "--times", "3", "--path", "/v1", "--body", '{"a": 1}']
    result = cli("sandbox", "fault", "--url", sandbox.url, *arguments)
    assert (result.code, result.stderr) == (0, "")
    asked = json.loads(result.stdout.removeprefix("asked for: "))
    assert asked == {"status": 429, "retryAfter": 2, "times": 3, "path": "/v1", "body": {"a": 1}}
    refused = send(sandbox.environment, GOOD)
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()) == (429, "2", {"a": 1})


def test_faults_of_every_kind_are_asked_for(sandbox: Sandbox) -> None:
    at = ["sandbox", "fault", "--url", sandbox.url]
    date = "Fri, 31 Jan 2026 12:00:00 GMT"
    result = cli(
        *at, "--body", "<p>", "--content-type", "text/html", "--retry-after", date, "--delay", "0", "--deliver"
    )
    assert json.loads(result.stdout.removeprefix("asked for: ")) == {
        "body": "<p>", "contentType": "text/html", "retryAfter": date, "delay": 0, "deliver": True, "times": 1,
    }  # fmt: skip
    result = cli(*at, "--reset", "--truncate", "--close", "--stall", "0.5")
    assert json.loads(result.stdout.removeprefix("asked for: ")) == {
        "reset": True, "truncate": True, "close": True, "stall": 0.5, "times": 1,
    }  # fmt: skip


def test_a_fault_that_is_none_is_refused(sandbox: Sandbox) -> None:
    result = cli("sandbox", "fault", "--url", sandbox.url, "--status", "1000")
    assert (result.code, result.errors) == (2, ["error: status: must be at most 599, not 1000"])
    assert cli("sandbox", "fault", "--url", sandbox.url).errors[0] == "error: status: the fault does nothing"


def test_events_and_faults_are_cleared(sandbox: Sandbox) -> None:
    send(sandbox.environment, GOOD)
    sandbox.fault(status=500)
    sandbox.fault(status=500)
    assert cli("sandbox", "clear", "--url", sandbox.url).stdout == "cleared: 1 event, 2 faults\n"
    assert sandbox.events() == []
    assert send(sandbox.environment, GOOD).status_code == 200


# -- nobody there --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["events"], ["events", "--follow"], ["fault", "--reset"], ["clear"]])
def test_no_sandbox_is_an_error_with_the_cure(arguments: list[str]) -> None:
    port = unused_port()
    for result in (
        cli("sandbox", *arguments, "--url", f"http://127.0.0.1:{port}"),
        cli("sandbox", "--port", str(port), *arguments),
    ):
        assert (result.code, result.stdout) == (1, "")
        assert result.errors == [
            f"error: no sandbox answers at http://127.0.0.1:{port}: Connection refused",
            f"  hint: start one in another terminal: segment-connector sandbox --port {port}",
        ]


@pytest.mark.parametrize(
    "reply",
    [answer(b"<html>"), answer({"error": "no"}, 404), answer([]), answer({"x": 1}, 500), answer({"error": {}}, 400)],
)
def test_another_server_is_no_sandbox(reply: bytes) -> None:
    with FaultServer(then_close(reply)) as server:
        result = cli("sandbox", "events", "--url", server.url)
    status = int(reply[9:12])
    assert (result.code, result.stdout) == (1, "")
    assert result.errors == [
        f"error: what answers at {server.url} is not a sandbox (HTTP {status})",
        "  hint: name the sandbox's address with --url",
    ]


def test_a_proxy_in_the_way_is_named() -> None:
    env = {"http_proxy": f"http://127.0.0.1:{unused_port()}"}
    result = cli("sandbox", "events", "--url", "http://127.0.0.1:1", env=env)
    assert result.code == 1
    assert result.errors[1] == "  hint: set NO_PROXY=127.0.0.1, so that the proxy is not asked"


@pytest.mark.parametrize("url", ["127.0.0.1:8765", "ftp://127.0.0.1", "http://", "http://x y"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    result = cli("sandbox", "events", "--url", url)
    assert result.code == 2
    assert "this is not an address of a server" in result.stderr


def test_help_imports_neither_the_sandbox_nor_an_http_client() -> None:
    code = (
        "import sys; from segment_connector.cli import main; main(standalone_mode=False); print(*sys.modules, sep=',')"
    )
    modules = program("sandbox", "--help", code=code).stdout.splitlines()[-1].split(",")
    assert {"requests", "jsonschema", "jinja2", "yaml", "http.server"} & set(modules) == set()
