"""What the workspace held when a folder was last pulled or pushed: it tells one's own changes from those of others.

``plan.lock.json`` holds a fingerprint of every rule, one a line, and belongs into version control beside the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ...errors import InputError, Problem
from ..compare.plan_diff import RuleMeanings
from ..files.plan_folder import put_file, unwritable
from ..plan import Plan, Rule, RuleId

LOCK_FILE = "plan.lock.json"
_FORM = 1  # of the fingerprints: those of another form tell nothing


@dataclass(slots=True)
class PulledState:
    """What the workspace held.

    :ivar path: the file that remembers it.
    :ivar plan: the id of the plan.
    :ivar rules: the fingerprint of each rule, by ``lock_name``.
    :ivar pushing: those of the rules that a push began to write, so that one which was cut off is known as one's own.
    :ivar about: what the plan was called, and what else of it can be written.
    :ivar is_known: whether there was such a file.
    :ivar is_kept: whether the file is written: what a stand-in took, which ends with the command, is not remembered.
    """

    path: Path
    plan: str | None = None
    rules: dict[str, str] = field(default_factory=dict)
    pushing: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    is_known: bool = False
    is_kept: bool = True

    @classmethod
    def load(cls, folder: Path) -> PulledState:
        """The state of a folder; an unknown one where it was never pulled.

        :raises InputError: when the file was broken, as by a merge.
        """
        path = folder / LOCK_FILE
        if not path.is_file():
            return cls(path)
        try:
            data = orjson.loads(path.read_bytes())
            if data["form"] != _FORM:
                return cls(path)
            rules, pushing = dict(data["rules"]), dict(data.get("pushing", {}))
            return cls(path, data["plan"], rules, pushing, dict(data["about"]), is_known=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = "take the file of one side of a merge; the next pull brings it up to date"
            raise InputError(Problem("lock", "this file cannot be read", hint, path=str(path))) from error

    def remember(self, plan: Plan, meanings: RuleMeanings, about: Iterable[str]) -> None:
        """Take over what the workspace holds now, and write it.

        :param about: the members beside the rules that can be written.
        """
        known = {"name": plan.name, **plan.about}
        self.plan, self.pushing, self.is_known = plan.id, {}, True
        self.about = {name: known[name] for name in about if known.get(name) is not None}
        self.rules = {lock_name(rule.id): meanings.fingerprint(rule) for rule in plan.rules}
        self.save()

    def begin(self, rules: Iterable[Rule], meanings: RuleMeanings) -> None:
        """Remember what is about to be written."""
        self.pushing.update({lock_name(rule.id): meanings.fingerprint(rule) for rule in rules})
        self.save()

    def save(self) -> None:
        """Write the file, if it would change.

        :raises InputError: when that is not possible.
        """
        if not self.is_kept:
            return
        data: dict[str, Any] = {
            "form": _FORM,
            "plan": self.plan,
            "about": self.about,
            "rules": dict(sorted(self.rules.items())),
        }
        if self.pushing:
            data["pushing"] = dict(sorted(self.pushing.items()))
        text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"
        try:
            if not self.path.is_file() or self.path.read_text(encoding="utf-8") != text:
                put_file(self.path, text)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def is_own(self, name: str, found: str | None) -> bool:
        """Whether a rule in the workspace is as it was pulled, or as a push of one's own left it.

        :param found: its fingerprint there, ``None`` when it is not there.
        """
        return found == self.rules.get(name) or (found is not None and found == self.pushing.get(name))


def lock_name(rule: RuleId) -> str:
    """How a rule is named in the file: ``TRACK 1 Order Completed``."""
    kind, key, version = rule
    return f"{kind} {version} {key}".rstrip()


def fingerprints(rules: Mapping[RuleId, Rule], meanings: RuleMeanings) -> dict[str, str]:
    """The fingerprints of rules, by ``lock_name``."""
    return {lock_name(id_): meanings.fingerprint(rule) for id_, rule in rules.items()}
