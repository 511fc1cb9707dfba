"""The file of named connections: readable by its owner only, written whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from ..errors import InputError, SpecError
from ..language import yaml_reader as yaml_loader

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileBroken(InputError):  # noqa: N818 - what is wrong, named as a reader would
    """The file cannot be used, which is for whoever runs the service to mend."""


def read_private(path: Path) -> bytes:
    """What a file of credentials holds.

    :raises FileBroken: when others may read it.
    :raises OSError: when it cannot be read.
    """
    with path.open("rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & _OTHERS:
            raise FileBroken.of(
                "open_to_others",
                "others may read this file, and it holds credentials",
                f"chmod 600 {path}",
                path=str(path),
            )
        return file.read()


class ConnectionFile:
    """A YAML or JSON file that maps names to connections.

    :param path: the file; it may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: bytes | None = None

    def read(self) -> dict[str, dict[str, Any]] | None:
        """What the file says, or ``None`` when that is what it said before.

        :raises FileBroken: when others may read it, or it maps no names to connections. No message holds a value.
        """
        try:
            raw = read_private(self.path)
        except FileNotFoundError:
            raw = b"{}"
        except OSError as error:
            raise self._cannot("read", error) from error
        if raw == self._seen:
            return None
        try:
            value = yaml_loader.parse(raw.decode("utf-8"), str(self.path))  # JSON is YAML
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise FileBroken.of(
                "encoding", "the file is not UTF-8", "save it as UTF-8", path=str(self.path), line=line
            ) from None
        except SpecError as error:  # its words may be those of a credential
            problem = error.problems[0]
            message = "this is not valid YAML or JSON that maps names to connections"
            hint = "look at the indentation, brackets and keys here and on the line above, and put values into quotes"
            raise FileBroken.of(problem.code, message, hint, path=str(self.path), line=problem.line) from None
        value = {} if value is None else value
        if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
            raise FileBroken.of(
                "type", "must map names to connections", "write 'name:' and below it 'region: ...'", path=str(self.path)
            )
        self._seen = raw
        return value

    def write(self, connections: dict[str, dict[str, Any]]) -> None:
        """Put connections into the file in one step, so that no reader and no crash meets half of them.

        :raises FileBroken: when it cannot be written.
        """
        raw = self._text(connections).encode()
        try:
            number, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)  # only its owner's
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._cannot("written", error) from error
        self._seen = raw

    def _text(self, connections: dict[str, dict[str, Any]]) -> str:
        if self.path.suffix == ".json":
            return json.dumps(connections, indent=2, ensure_ascii=False) + "\n"
        from ..language.yaml_writer import dump

        return dump(connections)

    def _cannot(self, be: str, error: OSError) -> FileBroken:
        message = f"the file cannot be {be}: {error.strerror}"
        return FileBroken.of("unusable", message, "check its path and its owner", path=str(self.path))
