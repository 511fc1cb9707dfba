"""One action file of a project with another text than it has on disk, judged without reading the rest again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..checks import descriptions, examples, lists, names, references
from ..checks import platform_profiles as catalogs
from ..checks.project import Project, Source
from ..errors import Problem, SpecError
from ..language import yaml_reader as yaml_loader
from ..language.action_records import Action
from ..language.specs import Specs
from ..values.paths import Place, mappings

_MAX_CHARACTERS = 1_000_000
_ACROSS = (names, references, lists, descriptions, catalogs)


class Draft(Project):
    """A project in which one action file is replaced by a text.

    :param base: the project as it is on disk; it is not changed.
    :param path: the action file; it need not exist yet.
    :param text: what it shall hold.
    :param alone: keep only what the action itself is judged by: ``connector.yaml``, the shared definitions and the
        actions that it names. That takes a tenth of the time of the whole; what is said of other files, or by comparing
        with them, is then not to be used.
    :raises SpecError: when ``connector.yaml`` of the base cannot be used.
    :ivar source: the file with its new text.
    """

    def __init__(self, base: Project, path: Path, text: str, *, alone: bool = True) -> None:
        self.root = base.root
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - as Project does
        self.text = text
        self._alone = alone
        self.refusals = [one for one in base.refusals if one.path != str(self.path)]
        self.newer, self.faulty = base.newer, frozenset()
        self.plans, self.triggers, self.webhooks = base.plans, base.triggers, base.webhooks
        self.connector_file, self.connector = replace(base.connector_file), base.connector
        self._lines: dict[Place, int] | None = None
        self.source = Source(self.path, "action")
        self.specs: Specs = _DraftSpecs(base.specs, self.path)
        try:
            self.source.data = self._parsed()
        except SpecError as error:
            self.source.readable = False
            self._refuse(self.source, error)
        others = [one for one in base.sources if one.path not in (self.path, base.connector_file.path)]
        if alone:
            named = set(_names(self.source.data))
            others = [one for one in others if one.kind == "types" or (one.kind == "action" and one.path.stem in named)]
        self.sources = [self.connector_file, *(replace(one) for one in others), self.source]
        self.source.action = self._load(self.source, self._action)

    def line_of(self, path: Path, place: Place) -> int:
        """As that of a project; the text's own lines for the file that is replaced."""
        if path != self.path:
            # What is said of a file that was left out only in part is not true, so nobody asks for its line.
            return 1 if self._alone else super().line_of(path, place)
        if self._lines is None:
            self._lines = yaml_loader.lines_of(self.text, str(self.path))
        return yaml_loader.line_in(self._lines, place)

    def first_line(self, path: Path) -> str:
        """As that of a project; the text's own for the file that is replaced."""
        return super().first_line(path) if path != self.path else self.text.partition("\n")[0]

    def _parsed(self) -> object:
        if len(self.text) > _MAX_CHARACTERS:
            raise SpecError.of("too_large", f"the file has more than {_MAX_CHARACTERS:,} characters", "split it")
        return yaml_loader.parse(self.text, str(self.path))

    def _action(self) -> Action:
        action = self.specs.action_from(self.source.data, self.path)
        assert isinstance(self.specs, _DraftSpecs)
        self.specs.put(action)
        return action


class _DraftSpecs(Specs):
    """The specs of a project, of which one action is another one."""

    def __init__(self, base: Specs, path: Path) -> None:
        self.root, self._command = base.root, base.command
        self._base, self._path = base, path
        self._draft: Action | None = None
        # What a project has read is shared with its drafts, and none of it is changed.
        for shared in ("_connector_data", "_read_types", "connector", "types", "groups"):
            self.__dict__[shared] = getattr(base, shared)
        self.__dict__["paths"] = {**base.paths, path.stem: base.paths.get(path.stem, path)}

    def put(self, action: Action) -> None:
        self._draft = action

    def action(self, name: str) -> Action:
        if name != self._path.stem or self.paths[name] != self._path:
            return self._base.action(name)
        if self._draft is None:
            raise SpecError.of("draft", "the action cannot be loaded", "fix its file", path=str(self._path))
        return self._draft


def consequences(draft: Draft) -> list[Problem]:
    """What a draft breaks in other files, or by comparison with them.

    Only the rules that look at several files are asked, and of the examples only those of actions whose lists hold
    calls of the drafted one.

    :param draft: one that was made with ``alone=False``.
    """
    found = [problem for rule in _ACROSS for problem in rule.check(draft)]
    name = draft.path.stem
    for source in draft.sources:
        if source.action is not None and not _holds(source.action, name):
            source.action = None
    found += examples.check(draft)
    return [one for one in found if one.path != str(draft.path) or one.code == descriptions.NAME]


def _holds(action: Action, name: str) -> bool:
    entries = [schema.get("entries", {}) for schema in action.parameters.values()]
    kinds = {one for each in entries for one in each.get("actions", ())}
    return name in kinds


def _names(data: object) -> Iterator[str]:
    """The actions that an action's file names: those of its dropdowns and of the entries of its lists."""
    for _, node in mappings(data):
        for word in ("options", "entries"):
            named = node.get(word)
            if isinstance(named, dict):
                one, many = named.get("action"), named.get("actions")
                yield from (name for name in (one, *(many if isinstance(many, list) else ())) if isinstance(name, str))
