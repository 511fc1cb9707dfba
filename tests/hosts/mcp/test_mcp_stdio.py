"""The program on standard input and output: only the protocol is written, whatever is read, and it ends when told."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli, environment
from cli_support import program as start_program
from faultserver import FaultServer, stalling
from mcp_support import DEADLINE, HELLO, TRACK, call, program, talk, text_of, wait_for

from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.sandbox import Sandbox

CASES = yaml_loader.read(Path(__file__).parent / "data" / "bad_lines.yaml")


class Program:
    """The program with its pipes; whatever it writes to stdout must be one message a line."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None, measured: bool = False) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "segment_connector", "mcp", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(env, measured=measured),
        )  # fmt: skip
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._errors: list[bytes] = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def _read_errors(self) -> None:
        self._errors.extend(self.process.stderr or ())

    def write(self, *lines: bytes | str | dict[str, Any]) -> None:
        assert self.process.stdin is not None
        for line in lines:
            text = json.dumps(line) if isinstance(line, dict) else line
            self.process.stdin.write((text if isinstance(text, bytes) else text.encode()) + b"\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self._lines.get(timeout=DEADLINE))
        assert message["jsonrpc"] == "2.0"
        return message

    def hello(self) -> None:
        self.write(HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        assert self.read()["result"]["serverInfo"]["name"] == "segment"

    def end(self) -> tuple[int, str]:
        """Close its input; how it ended and what it wrote to stderr."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.ended()

    def ended(self) -> tuple[int, str]:
        code = self.process.wait(DEADLINE)
        for thread in self._threads:
            thread.join(DEADLINE)
        return code, b"".join(self._errors).decode()

    def __enter__(self) -> Program:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.ended()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture(scope="module")
def served(sandbox: Sandbox) -> Iterator[Program]:
    """A program that many cases talk to after one handshake."""
    with Program(env=sandbox.environment, measured=True) as started:
        started.hello()
        yield started


@pytest.fixture(scope="module")
def waiting() -> Iterator[Program]:
    """A program that no client has shaken hands with yet; whatever it was told, it ends well."""
    with Program(measured=True) as started:
        yield started
        code, said = started.end()
        assert code == 0
        assert "Traceback" not in said


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("at") == "the beginning"], ids=lambda one: one["name"]
)
def test_a_bad_beginning_is_answered(case: dict[str, Any], waiting: Program):
    _hold(waiting, case)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("at") == "the handshake"], ids=lambda one: one["name"]
)
def test_an_odd_handshake_is_answered(case: dict[str, Any]):
    with Program() as started:
        _hold(started, case)
        code, said = started.end()

    assert code == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("case", [case for case in CASES if "at" not in case], ids=lambda one: one["name"])
def test_a_bad_message_is_answered(case: dict[str, Any], served: Program):
    _hold(served, case)


def test_bytes_that_are_no_text_are_answered(waiting: Program):
    waiting.write(b"\xff\xfe\x00", b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
    assert waiting.read()["error"]["code"] == -32700
    assert waiting.read()["result"] == {}


def _hold(started: Program, case: dict[str, Any]) -> None:
    started.write(*case["lines"])
    got = {}
    for _ in case["answers"]:
        message = started.read()
        got.setdefault(message["id"], []).append(message)
    for wanted in case["answers"]:
        message = got[wanted["id"]].pop(0)
        if "code" in wanted:
            assert message["error"]["code"] == wanted["code"]
        else:
            assert "result" in message
        assert wanted["says"] in json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def test_stdout_has_only_the_protocol_and_stderr_no_secret(sandbox: Sandbox):
    with Program(env={**sandbox.environment, "PYTHONWARNINGS": "default"}) as started:
        started.hello()
        started.write(TRACK)
        assert not started.read()["result"].get("isError")
        code, said = started.end()

    assert code == 0
    assert said == ""


def test_the_sandbox_lives_as_long_as_the_server():
    with Program("--sandbox") as started:
        started.hello()
        started.write(TRACK)
        assert started.read()["result"]["structuredContent"]["userId"] == "u"
        code, said = started.end()

    assert code == 0
    assert said == "sandbox: 1. track accepted\n"


def test_a_client_that_is_gone_in_the_middle_of_a_call_leaves_no_program_behind():
    with FaultServer(stalling()) as service, Program(env=_env(service)) as started:
        started.hello()
        started.write(TRACK)
        wait_for(lambda: service.seen)
        code, said = started.end()

    assert code == 0
    assert said == ""


def test_a_call_whose_server_hangs_is_answered_and_others_are_served_meanwhile():
    with FaultServer(stalling()) as service, Program("--timeout", "1", env=_env(service)) as started:
        started.hello()
        started.write(TRACK, {"jsonrpc": "2.0", "id": 2, "method": "ping"})
        first, second = started.read(), started.read()
        code, _ = started.end()

    assert (first["id"], second["id"]) == (2, 1)
    assert second["result"]["isError"]
    assert "there was no answer in the 1 s that a call may take" in second["result"]["content"][0]["text"]
    assert code == 0


def _env(service: FaultServer) -> dict[str, str]:
    return {"SEGMENT_WRITE_KEY": "key-1", "SEGMENT_TRACKING_URL": service.url}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_an_interrupt_ends_it_at_once():
    with Program() as started:
        started.hello()
        started.process.send_signal(signal.SIGINT)
        code, said = started.ended()

    assert code == -signal.SIGINT
    assert said == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--allow", "reed"], "--allow: there is no effect 'reed'"),
        (["--groups", "tracking,nope"], "--groups: there is no group 'nope'"),
        (["--tool", "delete_sourc"], "did you mean 'delete_source'"),
        (["--connection", "no-such-file.json"], "no-such-file.json"),
        (["--sandbox", "--connection", "x.json"], "leave out --connection"),
        (["--timeout", "0"], "--timeout"),
    ],
)
def test_wrong_options_are_told_before_anything_is_served(arguments: list[str], said: str):
    refused = cli("mcp", *arguments)

    assert refused.code == 2
    assert said in refused.stderr
    assert refused.stdout == ""


def test_a_wrong_connection_is_told_before_anything_is_served(tmp_path: Path):
    path = tmp_path / "connection.json"
    path.write_text('{"region": "moon"}')
    refused = cli("mcp", "--connection", str(path))

    assert refused.code == 2
    assert "region" in refused.stderr


def test_the_configuration_is_one_that_clients_read():
    configuration = cli("mcp", "--configuration", "--sandbox").json

    assert configuration["mcpServers"]["segment"]["args"] == ["mcp", "--sandbox"]
    assert "mcp --configuration --sandbox" in cli("mcp", "--help").stdout


def test_options_are_lists_or_repeated(sandbox: Sandbox):
    async def use(client: Any) -> set[str]:
        return {tool.name for tool in (await client.list_tools()).tools}

    arguments = ("--groups", "labels,workspace", "--groups", "iam_roles", "--allow", "read", "--tool=delete_label")
    shown = talk(program(*arguments, env=sandbox.environment), use)

    assert shown - {"find_action", "describe_action", "run_action"} == {
        "list_labels", "echo", "get_workspace", "list_audit_events", "list_roles", "delete_label",
    }  # fmt: skip


def test_a_connection_of_a_file_is_used(sandbox: Sandbox, tmp_path: Path):
    path = tmp_path / "connection.json"
    path.write_text(json.dumps(sandbox.connection))
    result = call(program("--connection", str(path)), "get_workspace")

    assert not result.is_error, text_of(result)


@pytest.mark.parametrize("missing", ["mcp", "mcp_types"])
def test_without_the_extra_the_command_says_what_to_install(missing: str):
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom segment_connector.cli import main\nmain(['mcp'])"
    said = start_program(code=code)

    assert said.code == 2
    assert "pip install 'segment-connector[mcp]'" in said.stderr
    assert "Traceback" not in said.stderr
