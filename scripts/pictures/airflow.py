"""Take the picture of docs/hosts/airflow.md: the form of a Segment connection, in an Airflow that runs.

Run after ``make host-airflow``, with the project's Python.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from host_screen import free_port, keep, program, screen, serving, surroundings

SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",  # nobody has to sign in
}


def main() -> None:
    """Start Airflow's API server over an empty database, choose the type of connection, and fill in its form."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = surroundings(folder, {"AIRFLOW_HOME": name, **SETTINGS})
        airflow = program("airflow", "airflow")
        subprocess.run([airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
        port = free_port()
        command = [airflow, "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        with serving(command, port, environment, folder) as url, screen(url) as page:
            page.goto("/connections")
            page.get_by_role("button", name="Add Connection").first.click()
            dialog = page.get_by_role("dialog")
            dialog.locator("input[name=connection_id]").fill("segment_default")
            kind = dialog.get_by_role("combobox").first
            kind.click()
            kind.press_sequentially("Segment")
            page.get_by_role("option", name="Segment").click()
            dialog.get_by_role("button", name="Standard Fields").click()  # folds them up
            dialog.get_by_role("button", name="Extra Fields", exact=True).click()
            key = dialog.locator("input[name=element_writeKey]")
            key.fill("the-key-of-a-source")
            key.blur()
            page.locator(".chakra-skeleton").first.wait_for(state="detached")
            keep(page, "airflow")


if __name__ == "__main__":
    main()
