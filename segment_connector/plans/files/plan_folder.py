"""Read and write the folder of a plan.

``plan.yaml`` says which plan it is, every other YAML file is one event. What stays the same is not written again, so a
second pull changes no byte, and a schema that the service only wrote anew keeps the form that people gave it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem, bounded
from ...language import yaml_reader as yaml_loader
from ...language import yaml_writer
from ...language.plan_records import PlanSpec
from ..compare.plan_diff import RuleMeanings
from ..plan import Plan, Rule, RuleId, plan_from
from .event_file import EventFile, by_event, event_text
from .file_names import file_names

PLAN_FILE = "plan.yaml"
_LISTED_FIRST = ("id", "name")


class PlanFolder:
    """The folder of a plan.

    :param path: the folder, which need not be there yet.
    :param spec: what plans are at the service.
    """

    def __init__(self, path: Path, spec: PlanSpec) -> None:
        self.path = path
        self._spec = spec

    @property
    def is_there(self) -> bool:
        """Whether the folder holds a plan."""
        return (self.path / PLAN_FILE).is_file()

    def files(self) -> list[EventFile]:
        """The files of events, in the order of their names."""
        found = sorted(
            path for ending in ("yaml", "yml") for path in self.path.rglob(f"*.{ending}")
            if path.name != PLAN_FILE and path.is_file() and not self._is_elsewhere(path)
        )  # fmt: skip
        return [EventFile(path, self.shown(path), self._spec) for path in found]

    def shown(self, path: Path) -> str:
        """A file's name in messages: the folder as it was named, and the way from there."""
        return str(self.path / path.relative_to(self.path))

    def about(self) -> dict[str, Any]:
        """What ``plan.yaml`` says: ``id``, ``name`` and what else is known of the plan.

        :raises InputError: when there is no such file; :raises SpecError: when it cannot be read.
        """
        path = self.path / PLAN_FILE
        if not path.is_file():
            hint = f"name the folder that holds {PLAN_FILE}, or make one with 'plan pull' or 'plan infer'"
            raise InputError(Problem("no_plan", f"there is no {PLAN_FILE} in this folder", hint, path=str(self.path)))
        data = yaml_loader.read(path)
        if not isinstance(data, dict) or not all(isinstance(data.get(name, ""), str) for name in _LISTED_FIRST):
            hint = "write 'name:' with the name of the plan, and 'id:' once the workspace has it"
            raise InputError(Problem("type", "this is not a plan description", hint, path=self.shown(path)))
        return data

    def read(self) -> Plan:
        """The plan.

        :raises InputError, SpecError: with everything that keeps its files from being read as a plan.
        """
        about, files = self.about(), self.files()
        problems = [problem for file in files for problem in file.problems]
        if problems:
            raise InputError(bounded(problems))
        rules = [rule for file in files for rule in file.rules]
        id_, name = about.pop("id", None), about.pop("name", None)
        return plan_from(rules, id_, name, about, str(self.path))

    def write(self, plan: Plan, meanings: RuleMeanings) -> list[str]:
        """Make the folder hold a plan; files of events that the plan does not have are removed.

        :returns: the files that were written or removed, by their names in messages.
        :raises InputError: when a file cannot be written.
        """
        events = by_event(plan.rules)
        names = file_names(events)
        held = {(file.rules[0].type, file.rules[0].key or ""): file for file in self.files() if file.rules}
        changed = self._put(PLAN_FILE, yaml_writer.dump(_about(plan)))
        for event, rules in events.items():
            file = held.pop(event, None)
            if file is not None and _same({one.id: one for one in file.rules}, rules, meanings):
                continue
            # An event stays in the file that people have it in.
            name = str(file.path.relative_to(self.path)) if file else names[event]
            changed += self._put(name, event_text(rules, self._spec))
        for file in held.values():
            file.path.unlink()
            changed.append(file.shown)
            with contextlib.suppress(OSError):  # others may lie there
                file.path.parent.rmdir()
        return changed

    def _put(self, name: str, text: str) -> list[str]:
        path = self.path / name
        try:
            if path.is_file() and path.read_bytes() == text.encode():
                return []
            put_file(path, text)
        except OSError as error:
            raise unwritable(path, error) from error
        return [self.shown(path)]

    def _is_elsewhere(self, path: Path) -> bool:
        """Whether a file is hidden, or of another plan further in."""
        if any(part.startswith(".") for part in path.relative_to(self.path).parts):
            return True
        between = path.relative_to(self.path).parents
        return any((self.path / one / PLAN_FILE).is_file() for one in between if one != Path())


def put_file(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the new one, whatever happens meanwhile.

    :raises OSError: when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644 if not path.exists() else path.stat().st_mode & 0o777)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def unwritable(path: Path, error: OSError) -> InputError:
    """The error of a file that cannot be written."""
    message = f"cannot be written: {error.strerror or error}"
    return InputError(Problem("unwritable", message, "name a folder that you may write to", path=str(path)))


def _about(plan: Plan) -> dict[str, Any]:
    first = {name: value for name, value in (("id", plan.id), ("name", plan.name)) if value is not None}
    return {**first, **plan.about}


def _same(held: Mapping[RuleId, Rule], rules: Sequence[Rule], meanings: RuleMeanings) -> bool:
    return held.keys() == {rule.id for rule in rules} and all(meanings.same(held[rule.id], rule) for rule in rules)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 rule``, ``2,000 rules``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
