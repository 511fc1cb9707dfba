"""Files of an export in a folder: written, compared, taken away; what a person changed there is not lost.

Beside them lies a small manifest with the digest of each file as it was written. What differs from both the manifest
and what would be written now was changed by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError, Problem, bounded
from ..values.json_text import parse_json
from .export import json_file

_MAKE_ROOM = "move it away, or write over it with --force"


@dataclass(frozen=True)
class Written:
    """What was done to a folder.

    :ivar changed: paths of files that were written because they were missing or different.
    :ivar removed: paths of files that an earlier export wrote and this one does not.
    """

    changed: tuple[str, ...]
    removed: tuple[str, ...]


def manifest_name(connector: str) -> str:
    """The name of the manifest in a folder.

    :param connector: the connector's name.
    """
    return f".{connector}-connector-export.json"


def manifest_of(folder: Path, connector: str) -> Mapping[str, Any]:
    """What the manifest of a folder says; nothing when there is none.

    :returns: ``host``, ``options`` and ``files``, which are digests by path.
    :raises InputError: when it cannot be read.
    """
    path = folder / manifest_name(connector)
    if not path.is_file():
        return {}
    try:
        told = parse_json(path.read_bytes())
    except ValueError as error:
        raise InputError.of("manifest", f"it cannot be read: {error}", _MAKE_ROOM, path=str(path)) from None
    if not (isinstance(told, dict) and isinstance(told.get("host"), str) and isinstance(told.get("files"), dict)):
        raise InputError.of("manifest", "it is not the manifest of an export", _MAKE_ROOM, path=str(path))
    return told


def write(
    folder: Path, files: Mapping[str, bytes], *, connector: str, host: str, options: Mapping[str, Any],
    force: bool = False,
) -> Written:  # fmt: skip
    """Bring a folder, which is made where it is missing, up to date with an export.

    :param files: their bytes by paths below the folder.
    :param connector: the connector's name, and ``host`` and ``options`` what was exported: the manifest keeps them.
    :param force: write over, and remove, also what somebody has changed.
    :raises InputError: when the folder holds the export for another host, or files that somebody has changed; nothing
        is written then.
    """
    before = _readable(folder, connector) if force else manifest_of(folder, connector)
    if before and before["host"] != host:
        message = f"the folder holds the export for '{before['host']}'"
        raise InputError.of("other_host", message, "name another folder", path=str(folder))
    digests = before.get("files", {})
    found = list(check(folder, files, digests))
    there = [(folder / path, digests.get(path)) for path, why in found if why != "missing"]
    if refused := [place for place, digest in there if not place.is_file() or not (force or _is(place, digest))]:
        raise InputError(bounded(map(_changed, refused)))
    try:
        return _put(folder, files, found, manifest_name(connector), {"host": host, "options": dict(options)})
    except OSError as error:
        message, hint = f"cannot be written: {error.strerror}", "name a folder that you may write to"
        raise InputError.of("unwritable", message, hint, path=str(error.filename or folder)) from error


def _put(
    folder: Path, files: Mapping[str, bytes], found: Sequence[tuple[str, str]], manifest: str, told: Mapping[str, Any]
) -> Written:
    """Write what is not as it should be, and the manifest last.

    :param found: what ``check`` said.
    :param told: what the manifest says beside the digests.
    :raises OSError: when something cannot be written or removed.
    """
    written, removed = [], []
    for path, why in found:
        place = folder / path
        if why == "left over":
            place.unlink()
            _remove_empty(place.parent, folder)
            removed.append(path)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(files[path])
            written.append(path)
    digests = {path: _digest(files[path]) for path in sorted(files)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / manifest).write_bytes(json_file({**told, "files": digests}))
    return Written(tuple(written), tuple(removed))


def check(folder: Path, files: Mapping[str, bytes], digests: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each file that is not as it should be, and why: ``missing``, ``differs`` or ``left over``.

    :param digests: of the files that an earlier export wrote, by path.
    """
    for path in sorted(files):
        place = _below(folder, path)
        if not place.exists():
            yield path, "missing"
        elif not place.is_file() or place.read_bytes() != files[path]:
            yield path, "differs"
    for path in sorted(digests):
        if path not in files and _below(folder, path).is_file():
            yield path, "left over"


def _readable(folder: Path, connector: str) -> Mapping[str, Any]:
    try:
        return manifest_of(folder, connector)
    except InputError:
        return {}


def _below(folder: Path, path: str) -> Path:
    """A file of a folder; one that a manifest or a link leads out of it is refused."""
    pure = PurePosixPath(path)
    place = folder / pure
    if pure.is_absolute() or ".." in pure.parts or not place.resolve().is_relative_to(folder.resolve()):
        raise InputError.of(
            "outside", "it leads out of the folder", "remove the link, or the manifest", path=str(place)
        )
    return place


def _changed(place: Path) -> Problem:
    return Problem("changed", "it was changed by hand, or is not of an export", _MAKE_ROOM, path=str(place))


def _is(place: Path, digest: str | None) -> bool:
    return _digest(place.read_bytes()) == digest


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
