"""The connector of a second service, ``examples/parcels``, changed as a test wants it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from faultserver import HandClock

from segment_connector import Connector
from segment_connector.language import yaml_reader as yaml_loader

EXAMPLE = Path(__file__).parent.parent / "examples" / "parcels"
SECOND = EXAMPLE / "parcels_connector"
_EVENTS = Path(__file__).parent / "data" / "second" / "list_events.yaml"


def changed(root: Path, action: dict[str, Any] | None = None, **members: Any) -> Path:
    """A copy of the second connector.

    :param action: members of ``list_parcels`` in place of its own; ``None`` takes one away.
    :param members: the same for ``connector.yaml``; ``api`` for its one API.
    """
    folder = Path(shutil.copytree(SECOND, root / "second", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    api = members.pop("api", {})
    change(folder / "connector.yaml", members)
    data: Any = yaml_loader.read(folder / "connector.yaml")
    _write(folder / "connector.yaml", {**data, "apis": {**data["apis"], "main": _merged(data["apis"]["main"], api)}})
    change(folder / "actions" / "parcels" / "list_parcels.yaml", action or {})
    return folder


def with_other_lists(root: Path, **members: Any) -> Path:
    """A copy in which depots are paged by offset, and events, which are new, by the addresses of a Link header."""
    folder = changed(root, **members)
    shutil.copy(_EVENTS, folder / "actions" / "parcels")
    number = {"type": "integer", "minimum": 0, "title": "Number", "description": "How many depots."}
    depots: dict[str, Any] = {
        "parameters": {
            "city": {"type": "array", "items": {"type": "string"}, "title": "Cities", "description": "Where they lie."},
            "skip": number,
            "take": number,
        },
        "query": ["city", "skip", "take"],
        "paging": {"kind": "offset", "offset": "skip", "total": "about.count", "size": "take", "items": "depots"},
        "outputs": {
            "depots": {"type": "array", "description": "The depots of the page."},
            "about": {"type": "object", "description": "How many there are."},
        },
        "examples": [
            {"title": title, "input": inputs, "request": request, "response": {"body": {"depots": []}}}
            for title, inputs, request in (
                ("Depots in two cities", {"city": ["Graz", "a,b"]}, "GET /depots?city=Graz,a%2Cb"),
                ("All but the first", {"skip": 1}, "GET /depots?skip=1"),
            )
        ],
    }
    change(folder / "actions" / "depots" / "list_depots.yaml", depots)
    seed: Any = yaml_loader.read(folder / "simulation.yaml")
    seed["main"]["entries"]["/events"] = [{"id": "e-1"}, {"id": "e-2"}, {"id": "e-3"}]
    _write(folder / "simulation.yaml", seed)
    return folder


def connector(root: Path, action: dict[str, Any] | None = None, **members: Any) -> Connector:
    """The connector of such a copy, whose clock stands still."""
    return Connector.load(changed(root, action, **members), clock=HandClock().clock)


def change(path: Path, members: dict[str, Any]) -> None:
    """Give a YAML file other members; ``None`` takes one away."""
    _write(path, _merged(yaml_loader.read(path), members))


def _merged(data: Any, members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**data, **members}.items() if value is not None}


def _write(path: Path, data: Any) -> None:
    modeline = path.read_text(encoding="utf-8").partition("\n")[0]
    # JSON is YAML.
    path.write_text(f"{modeline}\n{json.dumps(data, indent=1, ensure_ascii=False)}", encoding="utf-8")
