"""Connections that are kept under a name: their secrets in the system's keyring, or in a file where that was asked for.

Beside them lies an index without secrets, so that names can be listed and completed without unlocking anything.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..errors import ConnectionConfigError
from ..values.json_text import parse_json

DEFAULT = "default"
_KEYRING, _FILE = "keyring", "file"


class StoredProfiles:
    """The profiles of one person.

    :param program: whose profiles: the program's name, under which the keyring keeps them.
    :param folder: where the index and the plain files are; by default the person's own folder for settings.
    """

    def __init__(self, program: str, folder: Path | None = None) -> None:
        self._program = program
        self.folder = folder or Path(click.get_app_dir(program))
        self._index = self.folder / "profiles.json"

    @property
    def names(self) -> list[str]:
        """The names, sorted; nothing is unlocked."""
        return sorted(self._read_index())

    def where(self, name: str) -> str:
        """In words, where a profile's secrets are."""
        return "the keyring" if self._read_index().get(name) == _KEYRING else str(self._file(name))

    def load(self, name: str) -> dict[str, Any]:
        """The connection of a profile.

        :raises ConnectionConfigError: when there is none of that name, or it cannot be read.
        """
        kept = self._read_index().get(name)
        if kept is None:
            from ..errors import known_names

            hint = known_names(name, self.names) if self.names else f"make it: {self._program} login --profile {name}"
            raise ConnectionConfigError.of("profile", f"there is no profile '{name}'", hint, field="--profile")
        if kept == _KEYRING:
            with _keyring_errors():
                text = _keyring().get_password(self._program, name)
        else:
            text = self._file(name).read_text(encoding="utf-8") if self._file(name).is_file() else None
        if text is None:
            hint = f"store it again: {self._program} login --profile {name}"
            raise ConnectionConfigError.of("profile", f"{self.where(name)} has no profile '{name}' any more", hint)
        connection = parse_json(text)
        assert isinstance(connection, dict)
        return connection

    def save(self, name: str, connection: Mapping[str, Any], *, plain: bool) -> None:
        """Keep a connection.

        :param plain: in a file that only this person may read, and not in the keyring.
        :raises ConnectionConfigError: when there is no keyring that can be used.
        """
        import orjson

        text = orjson.dumps(connection, option=orjson.OPT_INDENT_2).decode()
        self.folder.mkdir(parents=True, exist_ok=True)
        if plain:
            _write_private(self._file(name), text)
        else:
            with _keyring_errors():
                _keyring().set_password(self._program, name, text)
            self._file(name).unlink(missing_ok=True)
        _write_private(self._index, orjson.dumps({**self._read_index(), name: _FILE if plain else _KEYRING}).decode())

    def remove(self, name: str) -> None:
        """Forget a profile.

        :raises ConnectionConfigError: when there is none of that name.
        """
        self.load(name)  # who forgets what is not there has mistyped it
        import orjson

        index = self._read_index()
        if index.pop(name) == _KEYRING:
            with _keyring_errors():
                _keyring().delete_password(self._program, name)
        self._file(name).unlink(missing_ok=True)
        _write_private(self._index, orjson.dumps(index).decode())

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.connection.json"

    def _read_index(self) -> dict[str, str]:
        try:
            found = parse_json(self._index.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            hint = f"delete it, and store the profiles again by '{self._program} login'"
            raise ConnectionConfigError.of("profile", f"cannot be read: {error}", hint, path=str(self._index)) from None
        return found if isinstance(found, dict) else {}


def check_name(name: str) -> str:
    """A profile's name, when it is one.

    :raises click.BadParameter: when it could not be the name of a file everywhere.
    """
    if not name or not all(char.isalnum() or char in "-_." for char in name) or name.startswith("."):
        raise click.BadParameter("write a name of letters, digits, '-', '_' and '.'", param_hint="--profile")
    return name


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        hint = "pip install 'segment-connector[keyring]', or add --plain to keep it in a file that only you can read"
        raise ConnectionConfigError.of("keyring", "the package keyring is not installed", hint) from None
    return keyring


@contextmanager
def _keyring_errors() -> Iterator[None]:
    """Say what a keyring refused, with the cure."""
    try:
        yield
    except ConnectionConfigError:
        raise
    except Exception as error:
        from keyring.errors import KeyringError

        if not isinstance(error, KeyringError):
            raise
        hint = "unlock the keyring, or add --plain to keep it in a file that only you can read"
        message = f"the keyring cannot be used: {type(error).__name__}"
        raise ConnectionConfigError.of("keyring", message, hint) from error


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
