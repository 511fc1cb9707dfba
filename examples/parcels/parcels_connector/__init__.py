"""The connector of Parcels: YAML files, and the command that calls their actions."""

from __future__ import annotations

from pathlib import Path

from segment_connector.cli import Program

SPECS = Path(__file__).parent
"""The folder with ``connector.yaml``, for ``Connector.load``."""

main = Program("parcels", "Parcels", SPECS)
