"""Put together what holds calls to a plan: the plan, what is done about it, and the settings of their source."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..language.specs import Specs
from .enforcement import Enforcement
from .kept_plan import KeptPlan, WorkspaceOf
from .plan import Plan
from .source_settings import SourceSettings
from .sync.workspace_plans import plan_spec

GivenPlan = str | os.PathLike[str] | Plan
"""A folder as ``plan pull`` writes it, the id, name or slug of a plan of the workspace, or a plan."""
GivenSource = Mapping[str, Any] | str | os.PathLike[str] | None
"""A source's settings, a file of them, or its id; ``None`` for the source that the connection's key belongs to."""


def plan_step(
    specs: Specs, given: GivenPlan, mode: str, source: GivenSource, workspace_of: WorkspaceOf,
    folder: Path | None = None, on_read: Callable[[Plan], Any] = lambda _: None,
) -> Enforcement:  # fmt: skip
    """The step of the runtime that holds calls to a plan.

    :param folder: where a plan of the workspace is kept for the next process.
    :param on_read: told of the plan whenever it was read.
    :raises InputError, SpecError: when plan, mode or source cannot be used.
    """
    spec = plan_spec(specs)
    plan = KeptPlan(given, spec, workspace_of, folder, on_read)
    settings = SourceSettings(source, spec, plan, workspace_of)
    return Enforcement(plan, mode, settings)
