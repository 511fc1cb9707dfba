"""Take the picture of docs/hosts/prefect.md: a run of examples/hosts/prefect_flow.py, in a Prefect server that runs.

Run after ``make host-prefect``, with the project's Python.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from host_screen import ROOT, free_port, keep, program, screen, serving, surroundings

from segment_connector import Connector
from segment_connector.sandbox import Sandbox

SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
FLOW = ROOT / "examples" / "hosts" / "prefect_flow.py"


def main() -> None:
    """Start Prefect's server, run the flow against the sandbox, and open the page of the run."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name, Sandbox(Connector.load().specs) as sandbox:
        folder = Path(name)
        here = {"PREFECT_HOME": name, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        environment = surroundings(folder, {**sandbox.environment, **here, **SETTINGS})
        command = [program("prefect", "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        with serving(command, port, environment, folder) as url, screen(url) as page:
            orders = folder / "orders.jsonl"
            order = {"type": "track", "event": "Order Completed"}
            orders.write_text("".join(json.dumps({**order, "userId": f"u-{n}"}) + "\n" for n in range(5)), "utf-8")
            flow = [program("prefect", "python"), "-W", "ignore", str(FLOW), str(orders)]
            subprocess.run(flow, env=environment, check=True, capture_output=True)
            page.goto("/v2/runs")
            with page.expect_response("**/graph-v2*"):
                page.locator("a[href*='/runs/flow-run/']").first.click()
            page.locator("canvas").first.wait_for()
            page.get_by_text("4 Task runs").wait_for()
            page.get_by_role("combobox").filter(has_text="Oldest to newest").click()
            page.get_by_role("option", name="Newest to oldest").click()
            page.get_by_text("did you mean 'userId'?").wait_for()
            keep(page, "prefect")


if __name__ == "__main__":
    main()
