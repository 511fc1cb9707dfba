"""A service over real sockets, on a port of its own, and clients that speak to it as others would."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cli_support import command, environment

from segment_connector import Connector
from segment_connector.service.app import create_app
from segment_connector.service.backend import Backend
from segment_connector.service.server import Service, listen, url_of
from segment_connector.service.settings import Settings

TOKEN = "t0ken-of-the-tests-0123456789"
PLAIN = ("--no-workbench", "--no-mcp")
EVENT = {"event": "Order Completed", "userId": "u-1"}


@dataclass
class Running:
    """A service that answers.

    :ivar session: a client with the token; it keeps its connection.
    """

    url: str
    backend: Backend
    app: Any
    settings: Settings
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        self.session.trust_env = False

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=30, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.post(self.url + path, json=body, timeout=30, **more)

    def run(self, action: str, inputs: Any, connection: Any = "sandbox", **headers: str) -> requests.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(f"/v1/actions/{action}/run", {"inputs": inputs, "connection": connection}, headers=sent)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)


@contextmanager
def serving(
    connector: Connector | None = None,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    change: Callable[[Any], None] = lambda app: None,
    **settings: Any,
) -> Iterator[Running]:
    """A service in a thread of this process.

    :param change: is given the app before it is served.
    """
    chosen = Settings(**{"port": 0, "token": TOKEN, "workbench": False, "mcp": False, **settings})
    backend = Backend(
        connector or Connector.load(), connections_file=file, environ=environ, max_remembered=chosen.max_remembered
    )
    app = create_app(backend, chosen)
    change(app)
    ready = threading.Event()
    listener = listen(chosen)
    url = url_of(listener)
    server = Service(app, chosen, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    running = Running(url, backend, app, chosen)
    try:
        assert ready.wait(20)
        yield running
    finally:
        server.should_exit = True
        running.session.close()
        thread.join(20)
        listener.close()
        backend.close()
        assert not thread.is_alive()


def raw(running: Running, head: str, body: bytes = b"") -> bytes:
    """What a service answers to bytes of our own, until it closes or the answer is whole."""
    with socket.create_connection(running.address, timeout=20) as sock:
        sock.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return read_answer(sock)


def read_answer(sock: socket.socket) -> bytes:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        if not (more := sock.recv(65536)):
            return data
        data += more
    length = next(
        (int(line.split(b":")[1]) for line in data[:end].lower().split(b"\r\n") if line.startswith(b"content-length")),
        0,
    )
    while len(data) < end + 4 + length and (more := sock.recv(65536)):
        data += more
    return data


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def json_of(answer: bytes) -> Any:
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


class Program:
    """A service in a process of its own."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None, descriptors: int | None = None) -> None:
        limited = () if descriptors is None else ("sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh")
        self.process = subprocess.Popen(
            [*limited, *command("serve", "--port", "0", *arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(env, measured=True), text=True,
        )  # fmt: skip
        assert self.process.stdout
        self.said = ""
        while "To stop" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()  # type: ignore[union-attr]
            self.said += line
        self.url = re.findall(r"http://[^/\s]+", self.said)[0]
        self.token = re.findall(r"token=(\S+)", self.said)[0]

    def run(self, connection: Any = "sandbox", **headers: str) -> requests.Response:
        return requests.post(
            f"{self.url}/v1/actions/track/run", json={"inputs": EVENT, "connection": connection}, timeout=30,
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )  # fmt: skip

    def stop(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@contextmanager
def running(*arguments: str, **more: Any) -> Iterator[Program]:
    """A service in a process of its own, which is ended if the test has not done it."""
    made = Program(*arguments, **more)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def refuses(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return True
    return False
