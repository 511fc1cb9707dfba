"""Take the picture of docs/hosts/dagster.md: an asset of examples/hosts/dagster_assets.py, in a Dagster that runs.

Run after ``make host-dagster``, with the project's Python.
"""

from __future__ import annotations

import subprocess
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from host_screen import ROOT, free_port, keep, program, screen, serving, surroundings

from segment_connector import Connector
from segment_connector.sandbox import Sandbox

ASSETS = str(ROOT / "examples" / "hosts" / "dagster_assets.py")
NOTHING_IS_TOLD = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"


def main() -> None:
    """Materialize two assets against the sandbox, start Dagster's web server, and open the page of one."""
    with tempfile.TemporaryDirectory() as name, Sandbox(Connector.load().specs) as sandbox:
        folder = Path(name)
        (folder / "dagster.yaml").write_text(NOTHING_IS_TOLD, encoding="utf-8")
        environment = surroundings(folder, {**sandbox.environment, "DAGSTER_HOME": name})
        subprocess.run(
            [program("dagster", "dagster"), "asset", "materialize", "-f", ASSETS, "--select", "order_events,sources"],
            env=environment, cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        port = free_port()
        command = [program("dagster", "dagster-webserver"), "-h", "127.0.0.1", "-p", str(port), "-f", ASSETS]
        with serving(command, port, environment, folder) as url, screen(url) as page:
            page.clock.set_fixed_time(datetime.now(timezone.utc))  # "3 seconds ago" stays 3
            page.goto("/assets/order_events")
            page.get_by_text("track/message_ids").wait_for()
            page.get_by_text("track/events").wait_for()
            page.get_by_text("Automation details").wait_for()
            keep(page, "dagster")


if __name__ == "__main__":
    main()
