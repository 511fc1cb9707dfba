"""Node-RED, with the nodes installed that the connector exports, over a service of its own."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from service_support import TOKEN, Running, until

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import ExportOptions, find_export, write

STARTED = "flows started"
HERE = Path(__file__).parent
PACKAGE = "node-red-contrib-segment-connector"
SERVER = {"id": "server", "type": "segment-server", "name": "", "connection": "sandbox", "timeout": "20"}


def node() -> str:
    """The Node.js that the host asks for: the one that npm brought, else this machine's."""
    brought = next(HERE.glob("node_modules/node-linux-*/bin/node"), None)
    return str(brought or shutil.which("node"))


class Said:
    """What a process says, line by line, as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, args=(process,))
        self._reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.lines.extend(iter(process.stdout.readline, ""))

    def count(self, begins: str) -> int:
        """How many lines begin with a text."""
        return sum(line.startswith(begins) for line in list(self.lines))

    def join(self) -> None:
        """Wait until the process has said everything."""
        self._reader.join(20)


@dataclass
class NodeRed:
    """A Node-RED that runs.

    :ivar url: of its flows; the editor is below ``/admin``.
    """

    url: str
    service: Running
    said: Said
    session: requests.Session

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def admin(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What Node-RED's Admin API answers."""
        sent = {"Accept": "application/json", "Node-RED-API-Version": "v2", **headers}
        answer = self.session.request(method, f"{self.url}/admin{path}", json=body, headers=sent, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deploy(self, *nodes: Any) -> None:
        """Put nodes on the one flow; Node-RED has started them when this is back."""
        server = {**SERVER, "url": self.service.url, "credentials": {"token": TOKEN}}
        flow = {"id": "flow", "type": "tab", "label": "Test"}
        # What has no place on a flow is a config node to Node-RED.
        placed = [{"x": 100, "y": 60 * index, **one} if "z" in one else one for index, one in enumerate(nodes)]
        before = self.said.count(STARTED)
        self.admin("POST", "/flows", {"flows": [server, flow, *placed]}, **{"Node-RED-Deployment-Type": "full"})
        until(lambda: self.said.count(STARTED) > before)

    def post(self, path: str, body: Any = None) -> requests.Response:
        """Ask the flow."""
        return self.session.post(self.url + path, json=body, timeout=10)


def install(connector: Connector, folder: Path) -> None:
    """Write the nodes to where npm would put them."""
    options = ExportOptions(mode="service", policy=Policy(connector.specs))
    files = find_export("node-red").files(connector, options)
    write(folder / "node_modules" / PACKAGE, files, connector=connector.spec.name, host="node-red", options={})


@contextmanager
def node_red_over(service: Running, folder: Path) -> Iterator[NodeRed]:
    """Node-RED with the nodes, in a process of its own.

    :param folder: its user folder; what it wrote there before is gone on with.
    """
    install(service.backend.connector, folder)
    process = subprocess.Popen(
        [node(), str(HERE / "runtime.js"), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = Said(process)
    try:
        until(lambda: said.count("port ") > 0 or process.poll() is not None, 30)
        assert process.poll() is None, "".join(said.lines)
        port = next(line.split()[1] for line in said.lines if line.startswith("port "))
        with requests.Session() as session:
            yield NodeRed(f"http://127.0.0.1:{port}", service, said, session)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(20)
        said.join()
        assert process.stdout
        process.stdout.close()
        assert TOKEN not in "".join(said.lines)
