"""The packaged specs in a folder that may be written."""

from __future__ import annotations

import shutil
from pathlib import Path

from segment_connector.language.specs import default_root


def copy_specs(root: Path) -> Path:
    """Make the folder; its path is given back."""
    root.mkdir()
    for folder in ("actions", "schemas", "catalogs", "investigations", "jobs", "mappings", "presets", "servers"):
        shutil.copytree(default_root() / folder, root / folder)
    for name in ("connector.yaml", "plans.yaml", "simulation.yaml"):
        shutil.copyfile(default_root() / name, root / name)
    return root
