"""A workspace in a sandbox, its plans, and folders of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli_support import Said, cli

from segment_connector import Connector, Result
from segment_connector.plans.sync.workspace_plans import Workspace, plan_spec
from segment_connector.sandbox import Sandbox

PLAN = "tp_2XwnSUyp9VaVdEj2vJSxcVhTqFN"
EMPTY_PLAN = "tp_2Rf3GwVs6kYpLb8TnDzQxHcJmEu"
CONNECTOR = Connector.load()
SPEC = plan_spec(CONNECTOR.specs)


def rule(key: str | None, version: int = 1, kind: str = "TRACK", **properties: Any) -> dict[str, Any]:
    """A rule as the service takes it; the schema of the call's properties is given by name."""
    schema = {"type": "object", "properties": {"properties": {"type": "object", "properties": properties}}}
    return {"type": kind, **({"key": key} if key else {}), "version": version, "jsonSchema": schema}


@dataclass
class PlanLab:
    """A served sandbox, its connection as a file, and how often each action was called by ``workspace``."""

    sandbox: Sandbox
    file: Path
    calls: Counter[str] = field(default_factory=Counter)

    def run(self, action: str, **inputs: Any) -> dict[str, Any]:
        return CONNECTOR.run(action, inputs, self.sandbox.connection).unwrap()

    def rules(self, plan: str = PLAN) -> list[dict[str, Any]]:
        listed = CONNECTOR.iterate("list_rules_from_tracking_plan", {"trackingPlanId": plan}, self.sandbox.connection)
        return list(listed)

    def update(self, *rules: dict[str, Any], plan: str = PLAN) -> None:
        for start in range(0, len(rules), 200):
            self.run("update_rules_in_tracking_plan", trackingPlanId=plan, rules=list(rules[start : start + 200]))

    def fault(self, plan: str, **wanted: Any) -> None:
        """Let the next requests for the rules of a plan fail."""
        base = urlsplit(self.sandbox.connection["servers"]["public"]).path
        self.sandbox.fault(path=f"{base}/tracking-plans/{plan}/rules", **wanted)

    def plan(self, *arguments: str) -> Said:
        """Run ``plan ...`` with the connection to the sandbox."""
        return cli("plan", *arguments, "--connection", str(self.file))

    @property
    def workspace(self) -> Workspace:
        def run(action: str, inputs: Mapping[str, Any]) -> Result:
            self.calls[action] += 1
            return CONNECTOR.run(action, inputs, self.sandbox.connection)

        return Workspace(
            CONNECTOR.specs, run, lambda action, inputs: CONNECTOR.iterate(action, inputs, self.sandbox.connection)
        )


@contextmanager
def plan_lab(folder: Path) -> Iterator[PlanLab]:
    with Sandbox(CONNECTOR.specs) as sandbox:
        file = folder / "connection.json"
        file.write_text(json.dumps(dict(sandbox.connection)), encoding="utf-8")
        yield PlanLab(sandbox, file)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
