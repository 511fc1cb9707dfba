"""The schema settings of the source that calls go to: given, or asked of the workspace."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..language import yaml_reader
from ..language.plan_records import PlanSpec
from ..values.paths import get
from .kept_plan import KEPT, KeptPlan, WorkspaceOf


class SourceSettings:
    """The settings of a source.

    :param given: the settings as the service lists them, a YAML or JSON file of them, the id of a source, or ``None``
        for the source of the plan that the connection's key belongs to.
    :param spec: what plans are at the service.
    :param plan: the plan, which knows its sources.
    :raises InputError, SpecError: when a file cannot be read.
    """

    def __init__(
        self, given: Mapping[str, Any] | str | os.PathLike[str] | None, spec: PlanSpec, plan: KeptPlan,
        workspace_of: WorkspaceOf,
    ) -> None:  # fmt: skip
        self._spec = spec
        self._plan = plan
        self._workspace_of = workspace_of
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._source: str | None = None
        self._given: Mapping[str, Any] | None = None
        if isinstance(given, Mapping):
            self._given = self._unwrapped(given)
        elif given is not None and Path(given).is_file():
            self._given = self._unwrapped(yaml_reader.read(Path(given)))
        elif given is not None and (not isinstance(given, str) or Path(given).suffix or len(Path(given).parts) > 1):
            hint = "name a file with the settings of the source, or its id"
            raise InputError.of("plan_source", "there is no such file", hint, "plan_source", str(given))
        elif given is not None:
            self._source = str(given)

    def settings(self, connection: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings for calls with a connection.

        :raises ConnectorError: when they cannot be had.
        """
        if self._given is not None:
            return self._given
        place = self._spec.sources
        key = str(get(connection, place.connection)) if place is not None else ""
        with self._lock:
            read, found = self._found.get(key, (-KEPT, {}))
            if (now := time.monotonic()) >= read + KEPT:
                source = self._source or self._source_of(connection)
                found = self._workspace_of(connection).settings(source)
                self._found[key] = now, found
            return found

    def _source_of(self, connection: Mapping[str, Any]) -> str:
        place, plan = self._spec.sources, self._plan.judge(connection).plan
        hint = "name the source: its id, or a file with its settings"
        key = get(connection, place.connection) if place is not None else None
        if place is None or key is None:
            raise InputError.of("plan_source", "it is unknown which source the calls go to", hint, "plan_source")
        if plan.id is None:
            message = "the plan has no id yet, so its sources cannot be asked for"
            raise InputError.of("plan_source", message, hint, "plan_source")
        for source in self._workspace_of(connection).sources(plan.id):
            if key in (get(source, place.keys) or ()):
                return str(get(source, place.id))
        message = f"no source that follows the plan {plan.name or plan.id} has the key of this connection"
        raise InputError.of("plan_source", message, f"connect the source to the plan, or {hint}", "plan_source")

    def _unwrapped(self, data: Any) -> Mapping[str, Any]:
        name = self._spec.actions["settings"].gives if "settings" in self._spec.actions else None
        inner = data.get(name) if isinstance(data, Mapping) and name is not None else None
        found = inner if isinstance(inner, Mapping) else data
        if not isinstance(found, Mapping):
            raise InputError.of(
                "plan_source", "contains no settings", "write them as the service lists them", "plan_source"
            )
        return found
