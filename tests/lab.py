"""A spec root for one test, whose only action the test writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from faultserver import HandClock

from segment_connector import Connector, Request

DATA = Path(__file__).parent / "data"


class Lab:
    """A spec root of its own, for the service of ``data/lab``, whose one action each test writes."""

    def __init__(self, root: Path) -> None:
        self.root = Path(shutil.copytree(DATA / "lab", root / "lab"))

    def write(self, action: str = "act", /, **members: Any) -> Path:
        """Write an action: what is not given is taken from the plainest one there can be; ``None`` leaves it out."""
        plain = {
            "name": action, "title": "Act", "summary": "Act.", "description": "Act on it.", "api": "main",
            "endpoint": "POST /act", "idempotent": True, "stability": "stable",
        }  # fmt: skip
        chosen = {key: value for key, value in {**plain, **members}.items() if value is not None}
        path = self.root / "actions" / "things" / f"{action}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(chosen, indent=1, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        return path

    def connector(self) -> Connector:
        return Connector.load(self.root, clock=HandClock().clock)

    def plan(self, inputs: Any, connection: Any = None, /, **members: Any) -> Request:
        """The request that an action of these members makes of the inputs."""
        self.write(**members)
        return self.connector().plan("act", inputs, {"apiKey": "key-1234"} if connection is None else connection)
