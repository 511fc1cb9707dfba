"""Take the picture of Node-RED's editor with the action node's dialog open: docs/assets/hosts/node-red.png.

Run after ``make host-node_red``, with the project's Python.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "real_hosts" / "node_red")]

from chromium import chromium  # noqa: E402 - it lies among the tests
from node_red_support import node_red_over  # noqa: E402
from service_support import serving  # noqa: E402

PICTURE = ROOT / "docs" / "assets" / "hosts" / "node-red.png"
ORDER = {"event": {"type": "str", "value": "Order Completed"}, "userId": {"type": "msg", "value": "payload.user"}}
SOURCE = {"sourceId": {"type": "str", "value": "qQEHquLrjRDN9j1ByrChyn"}}


def flow() -> list[dict[str, object]]:
    """A request that becomes an event, and a flow that starts when one arrives."""
    call = {"type": "segment-action", "z": "flow", "server": "server", "most": "", "confirm": False, "payload": False}
    return [
        {"id": "in", "type": "http in", "z": "flow", "url": "/order", "method": "post", "x": 120, "y": 80,
         "wires": [["call"]]},
        {"id": "call", **call, "action": "track", "fields": ORDER, "x": 320, "y": 80, "wires": [["out"]]},
        {"id": "out", "type": "http response", "z": "flow", "x": 510, "y": 80, "wires": []},
        {"id": "start", "type": "segment-trigger", "z": "flow", "server": "server", "trigger": "event_received",
         "fields": SOURCE, "every": "", "x": 140, "y": 180, "wires": [["show"]]},
        {"id": "show", "type": "debug", "z": "flow", "x": 350, "y": 180, "wires": []},
    ]  # fmt: skip


def main() -> None:
    """Start the service and Node-RED, deploy the flow, open the dialog."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving() as service,
        node_red_over(service, Path(folder)) as node_red,
    ):
        node_red.deploy(*flow())
        node_red.post("/order", {"user": "u-1"})
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{node_red.url}/admin/")
            node = page.locator(".red-ui-flow-node-group").nth(1)
            node.wait_for()
            page.get_by_text("Node-RED").first.wait_for()
            node.dblclick()
            page.locator("#segment-field-event").wait_for(state="attached")
            page.locator(".segment-fields .form-row").first.scroll_into_view_if_needed()
            page.wait_for_function("document.querySelectorAll('.segment-fields .form-row').length > 5")
            page.screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
