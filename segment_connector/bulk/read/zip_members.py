"""Files inside a zip archive, read where they are: nothing is unpacked to the disk, so their names can do no harm.

``archive.zip/orders.csv`` is a member of an archive. One that was packed beyond belief is refused.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError, did_you_mean

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # of an archive, and of an empty one

_BOMB_RATIO = 250  # what people pack shrinks to a hundredth at most
_BOMB_BYTES = 50_000_000  # below that nobody would notice
_NAMED = 10
_BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def split(path: str) -> tuple[str, str | None]:
    """The file on the disk that a path leads to, and the member of an archive behind it, if it goes into one."""
    if "/" not in path or Path(path).exists():
        return path, None
    at = path.find("/", 1)
    while at > 0:
        if Path(path[:at]).is_file():
            return path[:at], path[at + 1 :]
        at = path.find("/", at + 1)
    return path, None


def members(path: str) -> list[str]:
    """The files in an archive, without what systems put beside them.

    :raises InputError: when it is damaged, or holds none.
    """
    with _opened(path) as archive:
        names = [one.filename for one in archive.infolist() if not one.is_dir()]
    found = [name for name in names if not name.startswith(_BESIDE[0]) and not name.endswith(_BESIDE[1:])]
    if not found:
        raise InputError.of("source", "is an archive without files", "make it again", path=path)
    return found


def the_member(path: str, wanted: str | None) -> str:
    """The member that is meant: the only one, or the one that is named.

    :raises InputError: when nobody can know, or there is none of that name.
    """
    found = members(path)
    if wanted is not None:
        if wanted in found:
            return wanted
        hint = did_you_mean(wanted, found) or f"it has {_listed(found)}"
        raise InputError.of("source", f"has no file '{_shown(wanted)}'", hint, path=path)
    if len(found) > 1:
        hint = f"name one after it, for example {path}/{_shown(found[0])}"
        raise InputError.of("source", f"holds {len(found)} files: {_listed(found)}", hint, path=path)
    return found[0]


class Member:
    """A member as a stream of what is in it.

    :param raw: the archive, which is closed with the member.
    :raises InputError: when it cannot be read, or is a bomb.
    """

    def __init__(self, raw: BinaryIO, path: str, wanted: str | None) -> None:
        self._path = path
        self._raw = raw
        name = the_member(path, wanted)
        self._archive = _opened(path, raw)
        facts = self._archive.getinfo(name)
        if facts.file_size > max(_BOMB_BYTES, _BOMB_RATIO * facts.compress_size):
            message = f"'{_shown(name)}' would become {facts.file_size:,} bytes out of {facts.compress_size:,}"
            hint = "it looks like a zip bomb; if it is not, unpack it and give the file"
            raise InputError.of("source", message, hint, path=path)
        try:
            self._stream = self._archive.open(facts)
        except RuntimeError:  # as zipfile says it
            message, hint = f"'{_shown(name)}' is protected by a password", "unpack it and give the file"
            raise InputError.of("source", message, hint, path=path) from None
        except (NotImplementedError, zipfile.BadZipFile) as error:
            hint = "unpack it with another program and give the file"
            raise InputError.of("source", f"'{_shown(name)}' cannot be unpacked: {error}", hint, path=path) from None

    def read(self, size: int = -1) -> bytes:
        """At most this many bytes, none at the end.

        :raises zlib.error: when the packed data are damaged.
        """
        try:
            return self._stream.read(size)
        except zipfile.BadZipFile as error:
            raise zlib.error(str(error)) from None

    def readinto(self, buffer: Any) -> int:
        """As ``read``, for what unpacks it once more."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def head(self, size: int) -> bytes:
        """The first bytes, which are read again afterwards."""
        found = self.read(size)
        self._stream.seek(0)
        return found

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
        self._raw.close()

    def __enter__(self) -> Member:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened(path: str, raw: Any = None) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(raw or path)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        hint = "copy or create the file again"
        raise InputError.of("source", f"is a damaged archive: {error}", hint, path=path) from None


def _listed(names: list[str]) -> str:
    return ", ".join(map(_shown, names[:_NAMED])) + (" ..." if len(names) > _NAMED else "")


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= 200 else ascii(name[:200])
