"""Mappings that ship for what other tools export, as frozen records: ``mappings/ready/<name>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, did_you_mean
from . import yaml_reader as yaml_loader
from .records import KEY, build

READY_FOLDER = "mappings/ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyEvent:
    """One event of a row."""

    as_: str
    map: Mapping[str, Any]
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyVariant:
    """One form of an export, and what its rows become.

    :ivar known_by: the columns, or members with dots, that it has; ``a|b`` is one of two.
    :ivar rest: where columns go that nothing names.
    """

    known_by: tuple[str, ...]
    as_: str | None = None
    map: Mapping[str, Any] | None = None
    when: str | None = None
    events: tuple[ReadyEvent, ...] = ()
    group_by: str | None = None
    rest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMapping:
    """What a tool exports, in all its forms.

    :ivar every: parameters of every event, where a variant does not say otherwise.
    :ivar left_out: columns that are not part of an event; one that ends in ``*`` is the beginning of names.
    :ivar nested: the object that columns go into whose names begin so.
    """

    name: str = field(metadata=KEY)
    title: str
    summary: str
    docs: str
    variants: tuple[ReadyVariant, ...]
    every: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    nested: Mapping[str, str] = field(default_factory=dict)


def ready_paths(root: Path) -> dict[str, Path]:
    """The file of every ready mapping by its name, sorted."""
    return {path.stem: path for path in sorted((root / READY_FOLDER).glob("*.yaml"))}


def read_ready(root: Path, name: str) -> ReadyMapping:
    """One ready mapping.

    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when its file breaks the language.
    """
    paths = ready_paths(root)
    if name not in paths:
        hint = did_you_mean(str(name), paths) or (f"there is {', '.join(paths)}" if paths else "there are none")
        raise InputError.of("unknown_mapping", f"there is no ready mapping '{str(name)[:80]}'", hint, field="from")
    path = paths[name]
    return build(ReadyMapping, yaml_loader.read(path), str(path), "", name=name)
