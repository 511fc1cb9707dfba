"""The connector of a second service, ``data/second``, changed as a test wants it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from faultserver import HandClock

from segment_connector import Connector
from segment_connector.language import yaml_reader as yaml_loader

SECOND = Path(__file__).parent / "data" / "second"


def changed(root: Path, action: dict[str, Any] | None = None, **members: Any) -> Path:
    """A copy of the second connector.

    :param action: members of ``list_parcels`` in place of its own; ``None`` takes one away.
    :param members: the same for ``connector.yaml``; ``api`` for its one API.
    """
    folder = Path(shutil.copytree(SECOND, root / "second"))
    api = members.pop("api", {})
    _change(folder / "connector.yaml", members)
    data: Any = yaml_loader.read(folder / "connector.yaml")
    _write(folder / "connector.yaml", {**data, "apis": {**data["apis"], "main": _merged(data["apis"]["main"], api)}})
    _change(folder / "actions" / "parcels" / "list_parcels.yaml", action or {})
    return folder


def connector(root: Path, action: dict[str, Any] | None = None, **members: Any) -> Connector:
    """The connector of such a copy, whose clock stands still."""
    return Connector.load(changed(root, action, **members), clock=HandClock().clock)


def _change(path: Path, members: dict[str, Any]) -> None:
    _write(path, _merged(yaml_loader.read(path), members))


def _merged(data: Any, members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**data, **members}.items() if value is not None}


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
