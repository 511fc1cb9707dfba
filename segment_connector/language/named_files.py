"""Files that are named as what they describe: ``<folder>/<name>.yaml``, one record each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..errors import InputError, SpecError, did_you_mean
from . import yaml_reader as yaml_loader
from .records import build


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


def paths_in(folder: Path) -> dict[str, Path]:
    """The file of everything in a folder by its name, sorted."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read_named(kind: type[_T], folder: Path, name: Any, noun: str) -> _T:
    """The record of a name.

    :param kind: what it becomes; it has the members ``name`` and ``path``.
    :param noun: what it is called in messages.
    :raises InputError: when there is none of that name, with those that are near (``unknown_<noun>``).
    :raises SpecError: when its file breaks the language, or says another name.
    """
    paths = paths_in(folder)
    if name not in paths:
        hint = did_you_mean(str(name), paths) or (f"there is {', '.join(paths)}" if paths else "there are none")
        raise InputError.of(f"unknown_{noun}", f"there is no {noun} '{str(name)[:80]}'", hint)
    path = str(paths[name])
    found = build(kind, yaml_loader.read(paths[name]), path, "", path=path)
    if found.name != name:
        article = "an" if noun[0] in "aeiou" else "a"
        message = f"the file says 'name: {found.name}', but {article} {noun} must be named after its file"
        raise SpecError.at(path, "name", message, f"write 'name: {name}' or rename the file", field="name", line=1)
    return found
