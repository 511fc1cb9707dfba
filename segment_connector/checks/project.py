"""The files of one spec root, read once, for the rules that judge them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import Problem, SpecError, SpecVersionError, did_you_mean
from ..http.auth import schemes_of
from ..investigations.inquiry import Inquiry
from ..jobs.job_runner import check_job
from ..language import yaml_reader as yaml_loader
from ..language.action_records import Action
from ..language.column_records import COLUMNS_FILE, read_columns
from ..language.connector_records import ConnectorSpec
from ..language.investigation_records import investigation_paths, read_investigation
from ..language.job_records import job_paths, read_job
from ..language.locale_records import (
    LocaleHead,
    Translation,
    locale_paths,
    read_locale_head,
    read_translations,
    text_paths,
)
from ..language.plan_records import PLANS_FILE, PlanSpec
from ..language.preset_records import Preset
from ..language.profile_records import Profile
from ..language.profiles import profile_paths, read_profile
from ..language.ready_records import read_ready, ready_paths
from ..language.served_specs import read_server, server_paths
from ..language.server_records import ServerProfile
from ..language.specs import Specs
from ..language.trigger_files import WEBHOOKS, Triggers
from ..language.trigger_records import Trigger, Webhook
from ..values.paths import Place, dotted, get, place_of, subschemas, undeclared

_T = TypeVar("_T")

ALONE = ("action", "catalog", "investigation", "locale", "preset", "server", "texts", "trigger")
"""Kinds of files that no other file is made of."""


@dataclass(slots=True)
class Source:
    """One file.

    :ivar path: where it is.
    :ivar kind: which part of the language it is written in.
    :ivar data: what stands in it, as JSON values; ``None`` when that cannot be told.
    :ivar action: the action it describes, when it could be loaded and keeps to the language.
    :ivar profile: likewise the profile of a platform, and ``server`` that of another service.
    :ivar preset: likewise the preset, and ``trigger`` the trigger.
    :ivar locale: likewise the head of a locale, and ``translations`` those of one of its files.
    :ivar readable: it is YAML, and ``data`` can be trusted.
    """

    path: Path
    kind: Literal[
        "connector", "action", "types", "catalog", "columns", "investigation", "job", "locale", "plans", "preset",
        "ready", "server", "texts", "trigger", "webhooks",
    ]  # fmt: skip
    data: Any = None
    action: Action | None = None
    profile: Profile | None = None
    preset: Preset | None = None
    server: ServerProfile | None = None
    trigger: Trigger | None = None
    locale: LocaleHead | None = None
    translations: tuple[Translation, ...] = ()
    readable: bool = True


class _Specs(Specs):
    """Specs that go on when two files have one name; the rule ``names`` reports that."""

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        return {path.stem: path for path in sorted(self.root.glob("actions/*/*.yaml"), reverse=True)}


class _Triggers(Triggers):
    """Triggers that go on when two files have one name; the rule ``triggers`` reports that."""

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        return {path.stem: path for path in sorted(self.specs.root.glob("triggers/*/*.yaml"), reverse=True)}


class Project:
    """What the rules look at.

    :param root: folder with ``connector.yaml``, ``actions/`` and ``schemas/``.
    :raises SpecError: when there is no ``connector.yaml`` in it.
    :ivar sources: every file of the language.
    :ivar connector: ``connector.yaml``, or ``None`` when it cannot be used.
    :ivar refusals: why files could not be loaded.
    :ivar faulty: files of which an earlier stage of rules has told something.
    :ivar newer: the whole project is written in a newer language than this package knows.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would show other paths than the user's
        self.specs: Specs = _Specs(self.root)
        self.refusals: list[Problem] = []
        self.newer = False
        self.faulty: frozenset[str] = frozenset()
        self.plans: PlanSpec | None = None
        self.triggers = _Triggers(self.specs)
        self.webhooks: Mapping[str, Webhook] = {}
        self.connector_file = self._read(Source(self.root / "connector.yaml", "connector"))
        self.connector: ConnectorSpec | None = self._load(self.connector_file, self._usable)
        self.sources = [self.connector_file]
        if self.newer:
            return
        for path in sorted(self.root.glob("schemas/types/*.yaml")):
            self.sources.append(self._read(Source(path, "types")))
        for path in sorted(self.root.glob("actions/*/*.yaml")):
            source = self._read(Source(path, "action"))
            self.sources.append(source)
            if self.specs.paths[path.stem] == path:
                source.action = self._load(source, lambda name=path.stem: self.specs.action(name))  # type: ignore[misc]
        for name, path in profile_paths(self.root).items():
            source = self._read(Source(path, "catalog"))
            self.sources.append(source)
            source.profile = self._load(source, lambda name=name: read_profile(self.root, name))  # type: ignore[misc]
        if (path := self.root / PLANS_FILE).is_file():
            plans = self._read(Source(path, "plans"))
            self.sources.append(plans)
            self.plans = self._load(plans, lambda: self.specs.plans)
        if (path := self.root / "triggers" / WEBHOOKS).is_file():
            webhooks = self._read(Source(path, "webhooks"))
            self.sources.append(webhooks)
            self.webhooks = self._load(webhooks, lambda: self.triggers.webhooks) or {}
        for path in sorted(self.root.glob("triggers/*/*.yaml")):
            source = self._read(Source(path, "trigger"))
            self.sources.append(source)
            if self.triggers.paths[path.stem] == path:
                source.trigger = self._load(source, lambda name=path.stem: self.triggers[name])  # type: ignore[misc]
        for path in sorted(self.root.glob("presets/*/*.yaml")):
            source = self._read(Source(path, "preset"))
            self.sources.append(source)
            source.preset = self._load(source, lambda one=source: self.specs.presets.preset_from(one.data, one.path))  # type: ignore[misc]
        for name, path in server_paths(self.root).items():
            source = self._read(Source(path, "server"))
            self.sources.append(source)
            source.server = self._load(source, lambda name=name: read_server(self.root, name))  # type: ignore[misc]
        for name, path in investigation_paths(self.root).items():
            source = self._read(Source(path, "investigation"))
            self.sources.append(source)
            self._load(source, lambda name=name: Inquiry(read_investigation(self.root, name), self.specs.action))  # type: ignore[misc]
        if (path := self.root / COLUMNS_FILE).is_file():
            columns = self._read(Source(path, "columns"))
            self.sources.append(columns)
            self._load(columns, lambda: read_columns(self.root))
        for name, path in job_paths(self.root).items():
            source = self._read(Source(path, "job"))
            self.sources.append(source)
            self._load(source, lambda name=name: check_job(read_job(self.root, name), self.specs.action))  # type: ignore[misc]
        for name, path in ready_paths(self.root).items():
            ready = self._read(Source(path, "ready"))
            self.sources.append(ready)
            self._load(ready, lambda name=name: read_ready(self.root, name))  # type: ignore[misc]
        for name, head in locale_paths(self.root).items():
            source = self._read(Source(head, "locale"))
            self.sources.append(source)
            source.locale = self._load(source, lambda name=name: read_locale_head(self.root, name))  # type: ignore[misc]
            for path in text_paths(head):
                source = self._read(Source(path, "texts"))
                self.sources.append(source)
                source.translations = self._load(source, lambda path=path: read_translations(path)) or ()  # type: ignore[misc]
        self.refusals = list(dict.fromkeys(self.refusals))

    @property
    def action_files(self) -> list[Source]:
        """The sources that describe an action each."""
        return [source for source in self.sources if source.kind == "action"]

    @property
    def type_files(self) -> list[Source]:
        """The sources of shared definitions."""
        return [source for source in self.sources if source.kind == "types"]

    @property
    def actions(self) -> Iterator[tuple[Source, Action]]:
        """Every action that can be used, with its file."""
        for source in self.sources:
            if source.action is not None:
                yield source, source.action

    @property
    def usable_triggers(self) -> Iterator[tuple[Source, Trigger]]:
        """Every trigger that can be used, with its file."""
        for source in self.sources:
            if source.trigger is not None:
                yield source, source.trigger

    @property
    def profiles(self) -> Iterator[tuple[Source, Profile]]:
        """Every platform's profile that can be used, with its file."""
        for source in self.sources:
            if source.profile is not None:
                yield source, source.profile

    @property
    def presets(self) -> Iterator[tuple[Source, Preset]]:
        """Every preset that can be used, with its file."""
        for source in self.sources:
            if source.preset is not None:
                yield source, source.preset

    @property
    def servers(self) -> Iterator[tuple[Source, ServerProfile]]:
        """Every profile of another service that can be used, with its file."""
        for source in self.sources:
            if source.server is not None:
                yield source, source.server

    @property
    def locales(self) -> Iterator[tuple[Source, LocaleHead]]:
        """The head of every locale that can be used, with its file."""
        for source in self.sources:
            if source.locale is not None:
                yield source, source.locale

    def texts_of(self, head: Source) -> list[Source]:
        """The files of a locale that hold translations."""
        folder = head.path.parent
        return [source for source in self.sources if source.kind == "texts" and source.path.is_relative_to(folder)]

    def set_aside(self, paths: Collection[str]) -> None:
        """Take the loaded form of broken files away, so that later rules meet only what keeps to the language."""
        alone = {str(source.path) for source in self.sources if source.kind in (*ALONE, "plans", "columns", "ready")}
        connector = str(self.connector_file.path)
        # Shared definitions and the language itself reach into every action: there is no telling how far.
        everything = not alone.issuperset(set(paths) - {connector})
        for source in self.sources:
            if everything or str(source.path) in paths:
                source.action = source.profile = source.preset = source.server = source.trigger = source.locale = None
                source.translations = ()
        if everything or connector in paths:
            self.connector = None

    def problem(self, path: Path, code: str, place: Place, message: str, hint: str | None = None) -> Problem:
        """A problem at a place in a file, with its line.

        :param code: name of the rule, with the detail after a slash where it has several.
        """
        return Problem(code, message, hint, dotted(place) or None, str(path), self.line_of(path, place))

    def line_of(self, path: Path, place: Place) -> int:
        """The 1-based line where a place in a file begins, or that of its nearest ancestor that exists."""
        return yaml_loader.line_of(path, place)

    def first_line(self, path: Path) -> str:
        """The line that opens a file.

        :raises OSError, UnicodeDecodeError: when it cannot be read.
        """
        with path.open(encoding="utf-8") as file:
            return file.readline()

    def schemas(self) -> Iterator[tuple[Source, Place, Mapping[str, Any]]]:
        """Every JSON Schema that stands in a file, those inside others included, with its place."""
        for source in self.sources:
            for place, schema in _root_schemas(source):
                for below, part in subschemas(schema, place):
                    yield source, below, part

    def root_schemas(self) -> Iterator[tuple[Source, Place, Any]]:
        """Every value that stands in a file where a JSON Schema is expected, with its place."""
        for source in self.sources:
            for place, schema in _root_schemas(source):
                yield source, place, schema

    def _usable(self) -> ConnectorSpec:
        schemes_of(self.specs.connector)  # their members are read where they are used
        return self.specs.connector

    def _read(self, source: Source) -> Source:
        try:
            source.data = yaml_loader.read(source.path)
        except SpecError as error:
            source.readable = False
            self._refuse(source, error)
        return source

    def _load(self, source: Source, load: Callable[[], _T]) -> _T | None:
        if not source.readable:
            return None
        try:
            return load()
        except SpecError as error:
            self.newer = self.newer or isinstance(error, SpecVersionError)
            self._refuse(source, error)
        return None

    def _refuse(self, source: Source, error: SpecError) -> None:
        for problem in error.problems:
            path = problem.path or str(source.path)
            place = place_of(source.data, problem.field) if path == str(source.path) else ()
            line = problem.line if not place and problem.line else self.line_of(Path(path), place)
            self.refusals.append(
                Problem(f"load/{problem.code}", problem.message, problem.hint, problem.field, path, line)
            )


def missing_name(schema: Any, path: Sequence[str]) -> tuple[str, str] | None:
    """What a path names that a JSON Schema does not have.

    :returns: the path up to the first such name, dotted, and the cure; ``None`` when all of it is declared or open.
    """
    missing = undeclared(schema, path)
    if missing is None:
        return None
    depth, known = missing
    hint = f"there is {', '.join(sorted(known))}" if known else "it has no properties"
    return dotted(path[: depth + 1]), did_you_mean(path[depth], known) or hint


def _members(data: Any, *names: str) -> Mapping[str, Any]:
    found = get(data, names)
    return found if isinstance(found, Mapping) else {}


def _root_schemas(source: Source) -> Iterator[tuple[Place, Any]]:
    data = source.data
    if source.kind == "connector":
        for name, schema in _members(data, "connection", "properties").items():
            yield ("connection", "properties", name), schema
    elif source.kind == "types":
        for name, definition in _members(data).items():
            keys = definition.keys() if isinstance(definition, Mapping) else frozenset()
            if held := next((key for key in ("schema", "values", "unless") if key in keys), None):
                yield (name, held), definition[held]
            elif not {"when", "ignored", "value"} & keys:
                yield (name,), definition
    elif source.kind == "webhooks":
        return
    elif source.kind == "preset":
        for name, schema in _members(data, "fields").items():
            yield ("fields", name), schema
    elif source.kind == "catalog":
        yield from _catalog_schemas(data)
    elif source.kind == "action":
        for name, schema in _members(data, "parameters").items():
            yield ("parameters", name), schema
        for name, output in _members(data, "outputs").items():
            if isinstance(output, Mapping) and "schema" in output:
                yield ("outputs", name, "schema"), output["schema"]
        rules = data.get("rules") if isinstance(data, Mapping) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping) and "schema" in rule:
                yield ("rules", index, "schema"), rule["schema"]


def _catalog_schemas(data: Any) -> Iterator[tuple[Place, Any]]:
    places: list[Place] = [("parameters",), ("envelope", "members")]
    for name in _members(data, "actions"):
        places += [("actions", name, "parameters"), ("actions", name, "outputs")]
    for place in places:
        for name, listed in _members(data, *(str(part) for part in place)).items():
            if isinstance(listed, Mapping) and "schema" in listed:
                yield (*place, name, "schema"), listed["schema"]
