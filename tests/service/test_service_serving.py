"""``segment-connector serve`` as a program: how it starts, what it refuses, and how it stops."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import requests
from cli_support import cli, program
from faultserver import FaultServer, Peer, Seen, answer, stalling
from service_support import EVENT, PLAIN, Running, json_of, read_answer, refuses, running, status_of, until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_call_under_way_is_finished_before_the_end(number: int) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: Seen, __: Peer) -> bytes:
        arrived.set()
        go_on.wait(20)
        return answer({"success": True})

    with FaultServer(slow) as server, running(*PLAIN) as service:
        got: list[requests.Response] = []
        connection = {"writeKey": "k", "servers": {"tracking": server.url}}
        client = threading.Thread(target=lambda: got.append(service.run(connection)))
        client.start()
        assert arrived.wait(10)
        service.process.send_signal(number)
        port = int(service.url.rpartition(":")[2])
        until(lambda: refuses(port))  # nobody new is let in
        go_on.set()
        client.join(20)
        out, err = service.process.communicate(timeout=20)
    assert got[0].status_code == 200
    assert service.process.returncode == 0
    assert out.endswith("stopped\n")
    assert err == ""


def test_a_call_that_does_not_end_is_not_waited_for_longer_than_the_grace_time() -> None:
    with FaultServer(stalling()) as server, running(*PLAIN, "--grace", "1") as service:
        got: list[requests.Response] = []
        connection = {"writeKey": "k", "servers": {"tracking": server.url}}
        client = threading.Thread(target=lambda: got.append(service.run(connection)))
        client.start()
        until(lambda: bool(server.seen))
        code, _, err = service.stop(signal.SIGTERM)
        client.join(20)
    assert code == 0
    assert (got[0].status_code, got[0].json()["code"]) == (503, "stopping")
    assert got[0].json()["idempotency_key"]
    assert "Traceback" not in err


def test_half_a_body_is_answered_when_the_service_stops() -> None:
    with running(*PLAIN, "--grace", "1") as service:
        port = int(service.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
            head = ("POST /v1/actions/track/run HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {service.token}",
                    "Content-Type: application/json", "Content-Length: 1000", "Expect: 100-continue")  # fmt: skip
            sock.sendall("\r\n".join((*head, "", "")).encode())
            assert b" 100 " in sock.recv(1000)  # the body is waited for
            sock.sendall(b"{")
            code, _, err = service.stop(signal.SIGTERM)
            said = read_answer(sock)
    assert (status_of(said), json_of(said)["code"]) == (503, "stopping")
    assert (code, err) == (0, "")


def test_it_listens_on_this_machine_only_and_is_let_in_by_its_link() -> None:
    with running(*PLAIN) as service:
        assert service.url.startswith("http://127.0.0.1:")
        assert requests.get(f"{service.url}/v1/catalog", timeout=10).status_code == 401
        with requests.Session() as browser:
            entrance = browser.get(f"{service.url}/?token={service.token}", timeout=10)
            assert entrance.status_code == 200
            page = browser.get(f"{service.url}/", timeout=10)
            assert (page.status_code, page.url) == (200, f"{service.url}/docs")
        assert service.run().status_code == 200
        code, out, err = service.stop(signal.SIGINT)
    assert (code, err) == (0, "")
    assert service.token not in out


def test_all_doors_of_one_process_are_open() -> None:
    with running() as service:
        client = requests.Session()
        client.headers["Authorization"] = f"Bearer {service.token}"
        page = client.get(f"{service.url}/", timeout=20)
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert client.get(f"{service.url}/v1/nowhere", timeout=20).json()["code"] == "unknown_path"
        asked = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        }
        both = {"Accept": "application/json, text/event-stream"}
        got = client.post(f"{service.url}/mcp", json=asked, headers=both, timeout=20)
        assert (got.status_code, "serverInfo" in got.text) == (200, True)
        client.close()
        for path in ("/", "/mcp", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", "/_nicegui/nothing"):
            assert requests.get(service.url + path, timeout=20).status_code == 401
            foreign = {"Authorization": f"Bearer {service.token}", "Origin": "http://evil.example"}
            assert requests.get(service.url + path, headers=foreign, timeout=20).status_code == 403
        code, _, err = service.stop(signal.SIGTERM)
    assert (code, err) == (0, "")


def test_the_environment_and_a_file_give_connections(tmp_path: Path) -> None:
    with FaultServer() as server:
        file = tmp_path / "connections.json"
        file.write_text(json.dumps({"mine": {"writeKey": "k", "servers": {"tracking": server.url}}}))
        file.chmod(0o600)
        env = {"SEGMENT_WRITE_KEY": "from-env", "SEGMENT_TRACKING_URL": server.url, "SEGMENT_CONNECTOR_TOKEN": "t" * 20}
        with running(*PLAIN, "--connections", str(file), env=env) as service:
            service.token = "t" * 20
            assert "t" * 20 not in service.said
            assert service.run("mine").status_code == 200
            by_default = requests.post(
                f"{service.url}/v1/actions/track/run", json={"inputs": EVENT}, timeout=10,
                headers={"Authorization": f"Bearer {service.token}"},
            )  # fmt: skip
            assert by_default.status_code == 200
        assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "--allow-remote"),
        (("--host", "0.0.0.0", "--allow-remote"), "--token-file"),
        (("--token-file", "{tmp}/none"), "cannot be read"),
        (("--token-file", "{tmp}/open"), "chmod 600"),
        (("--token-file", "{tmp}/bytes"), "it is not text"),
        (("--connections", "{tmp}/open.yaml"), "chmod 600"),
        (("--connections", "{tmp}/list.yaml"), "must map names"),
        (("--host", "192.0.2.1", "--allow-remote", "--token-file", "{tmp}/token"), "cannot be used"),
        (("--host", "no such host"), "--allow-remote"),
        (("--port", "{taken}"), "--port"),
        (("--groups", "sorces"), "sources"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_cure(tmp_path: Path, arguments: Sequence[str], said: str) -> None:
    (tmp_path / "token").write_text("x" * 20)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "open").write_text("x" * 20)
    (tmp_path / "open").chmod(0o640)
    (tmp_path / "bytes").write_bytes(b"\xff" * 20)
    (tmp_path / "bytes").chmod(0o600)
    (tmp_path / "open.yaml").write_text("eu:\n  region: eu\n")
    (tmp_path / "open.yaml").chmod(0o644)
    (tmp_path / "list.yaml").write_text("- eu\n")
    (tmp_path / "list.yaml").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        filled = [one.format(tmp=tmp_path, taken=taken.getsockname()[1]) for one in arguments]
        result = cli("serve", "--no-workbench", "--port", "0", *filled)
    assert result.code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_without_its_extra_it_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'prometheus_client'): sys.modules[name] = None\n"
        "from segment_connector.cli import main\n"
        "main(['serve', '--port', '0'])"
    )
    done = program(code=code)
    assert done.code == 2
    assert "pip install 'segment-connector[service]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_teaches() -> None:
    said = cli("serve", "--help").stdout
    for word in ("Examples:", "--connections", "--allow-remote", "Bearer", "curl", "sandbox"):
        assert word in said


def test_many_clients_at_once_are_all_served(serve: Callable[..., Running]) -> None:
    service = serve()
    failures: list[int] = []

    def work() -> None:
        with requests.Session() as session:
            session.headers.update(service.session.headers)
            for _ in range(5):
                body = {"inputs": EVENT, "connection": "sandbox"}
                got = session.post(f"{service.url}/v1/actions/track/run", json=body, timeout=30)
                if got.status_code != 200:
                    failures.append(got.status_code)

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(service.backend.sandbox.events()) == 320
