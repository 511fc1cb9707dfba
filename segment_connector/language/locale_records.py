"""The texts of the specs in other languages, as frozen records: ``locales/<language>/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError, SpecError, did_you_mean
from . import yaml_reader as yaml_loader
from .records import build, mapping

LOCALES_FOLDER = "locales"
HEAD = "locale.yaml"
"""The file of a locale's folder that says what it is; all others hold translations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covers:
    """What a locale claims to have translated; what lacks of it is a mistake.

    :ivar connection: the fields that a connection asks for.
    :ivar program: the words of the workbench and of pages for people, which no spec holds.
    """

    connector: bool = False
    connection: bool = False
    groups: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    program: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleHead:
    """``locale.yaml``.

    :ivar name: the language's tag (BCP 47), as the folder is named.
    :ivar title: what its speakers call it.
    :ivar same: texts that are the same in this language.
    :ivar glossary: how a term is translated wherever it stands, by the English term; ``a|b`` allows either.
    """

    name: str
    title: str
    covers: Covers = field(default_factory=Covers)
    same: tuple[str, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One text: the English that it was made from, and what it is in the locale's language."""

    from_: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Translations:
    texts: tuple[Translation, ...]


def locale_paths(root: Path) -> dict[str, Path]:
    """The head of every locale by the locale's name, sorted."""
    return {path.parent.name: path for path in sorted(root.glob(f"{LOCALES_FOLDER}/*/{HEAD}"))}


def text_paths(head: Path) -> list[Path]:
    """The files of a locale that hold translations, sorted.

    :param head: its ``locale.yaml``.
    """
    return sorted(path for path in head.parent.rglob("*.yaml") if path != head)


def read_locale_head(root: Path, name: str) -> LocaleHead:
    """What a locale says of itself.

    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when its file breaks the language.
    """
    paths = locale_paths(root)
    if name not in paths:
        hint = did_you_mean(str(name), paths) or (f"there is {', '.join(['en', *paths])}" if paths else "there is en")
        raise InputError.of("unknown_locale", f"there is no locale '{str(name)[:80]}'", hint, "locale")
    path = paths[name]
    head = build(LocaleHead, yaml_loader.read(path), str(path), "")
    if head.name != name:
        message = f"the file says 'name: {head.name}', but a locale must be named after its folder"
        raise SpecError.at(path, "name", message, f"write 'name: {name}' or rename the folder", field="name")
    return head


def read_translations(path: Path) -> tuple[Translation, ...]:
    """The translations of one file.

    :raises SpecError: when it breaks the language.
    """
    data = mapping(yaml_loader.read(path), str(path), "")
    return build(_Translations, data, str(path), "").texts


def translations_of(root: Path, name: str) -> Iterator[Translation]:
    """Every translation of a locale, file by file.

    :raises SpecError: when a file breaks the language.
    """
    for path in text_paths(locale_paths(root)[name]):
        yield from read_translations(path)
