"""What columns of tables mean for the service: frozen records, one a construct of ``schemas/columns.schema.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from . import yaml_reader as yaml_loader
from .records import build

COLUMNS_FILE = "mappings/columns.yaml"
"""Where a spec root says what columns mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A place in the inputs of actions, and the columns that belong there."""

    place: str
    names: tuple[str, ...]
    kind: Literal["id", "instant", "day", "number", "text", "email"] = "text"
    unique: bool = False
    also: bool = False
    template: str | None = None
    or_kind: Literal["email"] | None = None
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownConstant:
    """What stands at a place where no column gives it: by a word in the file's name, or by places that columns have."""

    place: str
    value: str
    file: tuple[str, ...] = ()
    all: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Columns that the service wrote itself, in tables that have one of ``when``."""

    names: tuple[str, ...]
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class YesAndNo:
    """Words of one language for true and false."""

    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Currencies:
    """What may stand around a number: signs of currencies with the code that is meant, and units."""

    of: str = ""
    place: str = ""
    signs: Mapping[str, str] = field(default_factory=dict)
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """All that a spec root knows of columns."""

    meanings: tuple[Meaning, ...] = ()
    constants: tuple[KnownConstant, ...] = ()
    left_out: LeftOut = field(default_factory=lambda: LeftOut(names=()))
    named_by_digits: tuple[str, ...] = ()
    currencies: Currencies = field(default_factory=Currencies)
    flags: tuple[str, ...] = ()
    yes_and_no: tuple[YesAndNo, ...] = ()
    nothing: tuple[str, ...] = ()


def read_columns(root: Path) -> ColumnSpec:
    """What the spec root knows of columns; nothing where it has no file of them.

    :raises SpecError: when the file breaks the language.
    """
    path = root / COLUMNS_FILE
    return build(ColumnSpec, yaml_loader.read(path), str(path), "") if path.is_file() else ColumnSpec()
