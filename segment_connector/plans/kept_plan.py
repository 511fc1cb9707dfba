"""The plan that calls are held to: of a folder, or of the workspace, read when it is first needed and kept a while."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConnectionConfigError, ConnectorError, InputError, Problem
from ..language.plan_records import PlanSpec
from ..result import Warn
from ..values.json_values import decode, encode
from .files.plan_folder import PlanFolder
from .plan import Plan, plan_from, rule_from
from .plan_judge import PlanJudge
from .sync.workspace_plans import Workspace

KEPT = 300.0
"""Seconds for which a plan of the workspace is taken for what it was when it was read."""
_AGAIN = 60.0  # seconds after which one that could not be read anew is tried once more
_FORGOTTEN = 86_400.0  # seconds after which a file that keeps a plan is removed

WorkspaceOf = Callable[[Mapping[str, Any]], Workspace]
"""Gives the plans of the workspace that a connection leads to."""


def read_plan(given: str | os.PathLike[str] | Plan, spec: PlanSpec) -> Plan | str:
    """A plan that is at hand, or the text that names one of the workspace.

    :param given: a folder as ``plan pull`` writes it, a plan, or id, name or slug of one in the workspace.
    :raises InputError, SpecError: when there is no such folder, or no plan in it.
    """
    if isinstance(given, Plan):
        return given
    path = Path(given).expanduser()
    looks_like_one = not isinstance(given, str) or path.exists() or len(path.parts) > 1 or given.startswith((".", "~"))
    if not looks_like_one:
        return str(given)
    if path.is_file():
        hint = f"name its folder: {path.parent}"
        raise InputError.of("plan", "is a file; a plan is a folder", hint, "plan", str(path))
    if not path.is_dir():
        hint = "name the folder that 'plan pull' wrote, or the id of a plan of the workspace"
        raise InputError.of("plan", "there is no such folder", hint, "plan", str(path))
    return PlanFolder(path, spec).read()


class KeptPlan:
    """A plan, ready to judge.

    :param given: as ``read_plan`` takes it.
    :param spec: what plans are at the service.
    :param workspace_of: where a plan that is named is read.
    :param folder: where one that was read is kept for the next process; ``None`` keeps it in memory alone.
    :param on_read: told of the plan whenever it was read, and is another than before.
    :raises InputError, SpecError: as ``read_plan``.
    """

    def __init__(
        self, given: str | os.PathLike[str] | Plan, spec: PlanSpec, workspace_of: WorkspaceOf,
        folder: Path | None = None, on_read: Callable[[Plan], Any] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._spec = spec
        self._workspace_of = workspace_of
        self._folder = folder
        self._monotonic = monotonic
        self._lock = threading.Lock()
        found = read_plan(given, spec)
        self._wanted = found if isinstance(found, str) else None
        self._on_read = on_read
        self._judge = PlanJudge(found, spec) if isinstance(found, Plan) else None
        if isinstance(found, Plan):
            on_read(found)
        self._until = 0.0
        self.doubt: Warn | None = None

    def judges(self, action: str) -> bool:
        """Whether plans say anything of calls of an action."""
        return action in self._spec.calls

    @property
    def at_hand(self) -> PlanJudge | None:
        """The plan, as far as it was read."""
        return self._judge

    def judge(self, connection: Mapping[str, Any]) -> PlanJudge:
        """The plan for calls with a connection.

        :raises InputError: when it cannot be read; :raises ConnectionConfigError: when the connection has no access.
        """
        judge = self._judge
        if judge is not None and (self._wanted is None or self._monotonic() < self._until):
            return judge
        if judge is not None and not self._lock.acquire(blocking=False):
            return judge  # somebody reads it anew
        if judge is None:
            self._lock.acquire()
        try:
            return self._read(connection) if self._judge is judge else self._known()
        finally:
            self._lock.release()

    def _known(self) -> PlanJudge:
        assert self._judge is not None
        return self._judge

    def _read(self, connection: Mapping[str, Any]) -> PlanJudge:
        wanted, known = str(self._wanted), self._judge
        file = self._file(wanted, connection)
        plan, age = _kept(file, self._spec) if known is None else (None, 0.0)
        try:
            if plan is None:
                plan, age = self._workspace_of(connection).find(wanted), 0.0
                _keep(file, plan, self._spec)
        except ConnectorError as error:
            if known is None:
                raise _unreadable(wanted, error) from error
            self._until = self._monotonic() + _AGAIN
            said = error.problems[0].message
            message = f"the tracking plan could not be read again, so the last one read is used: {said}"
            self.doubt = Warn(message, "check whether it was deleted, and whether the token can still read it", "")
            return known
        self.doubt = None
        self._until = self._monotonic() + KEPT - age
        if known is None or known.plan.rules != plan.rules:
            self._on_read(plan)
        self._judge = PlanJudge(plan, self._spec)
        return self._judge

    def _file(self, wanted: str, connection: Mapping[str, Any]) -> Path | None:
        if self._folder is None:
            return None
        # Another token may not read it, and another workspace has other plans of the same name.
        return self._folder / f"{hashlib.sha256(encode([wanted, connection])).hexdigest()}.json"


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Where plans are kept for the next process; ``None`` where a user has no place for such."""
    if base := environ.get("XDG_CACHE_HOME") or environ.get("LOCALAPPDATA"):
        return Path(base) / "segment-connector" / "plans"
    with contextlib.suppress(RuntimeError):
        return Path.home() / ".cache" / "segment-connector" / "plans"
    return None


def _unreadable(wanted: str, error: ConnectorError) -> ConnectorError:
    first = error.problems[0]
    message = f"the tracking plan '{wanted[:80]}' cannot be read: {first.message}"
    if isinstance(error, ConnectionConfigError):
        message = f"there is no folder '{wanted[:80]}', and the plan of this name cannot be read: {first.message}"
        return ConnectionConfigError(Problem(first.code, message, first.hint, first.field, first.path))
    hint = f"{first.hint.rstrip('.')}; or name the folder of a plan" if first.hint else "name the folder of a plan"
    return InputError(Problem(first.code, message, hint, "plan"))


def _kept(file: Path | None, spec: PlanSpec) -> tuple[Plan | None, float]:
    """The plan that a file keeps, with its age in seconds; none when it is too old, or broken."""
    if file is None:
        return None, 0.0
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, ConnectorError):
        age = max(time.time() - file.stat().st_mtime, 0.0)
        if age < KEPT:
            data = decode(file.read_bytes())
            rules = [rule_from(one, spec, data["id"]) for one in data["rules"]]
            return plan_from(rules, data["id"], data["name"], data["about"], data["id"]), age
    return None, 0.0


def _keep(file: Path | None, plan: Plan, spec: PlanSpec) -> None:
    """Write a plan for the next process; that it cannot be written costs only time."""
    if file is None:
        return
    form = spec.rule
    rules = [
        {
            form.type: rule.type, form.key: rule.key, form.version: rule.version, form.schema: rule.schema,
            form.deprecated: rule.deprecated, **rule.stamps, **rule.other,
        }
        for rule in plan.rules
    ]  # fmt: skip
    content = encode({"id": plan.id, "name": plan.name, "about": plan.about, "rules": rules})
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in file.parent.glob("*.json"):
            if time.time() - old.stat().st_mtime > _FORGOTTEN:
                old.unlink()
        handle, temporary = tempfile.mkstemp(dir=file.parent)  # which nobody else may read
        with os.fdopen(handle, "wb") as target:
            target.write(content)
        Path(temporary).replace(file)
