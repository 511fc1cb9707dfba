"""A file for as long as a service runs, by which whoever started it can ask it for another link to sign in."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .connection_file import read_private


class RunFiles:
    """The files of the services of one person on this machine, by the port.

    :param folder: where they are; it is made when it is needed, readable by its owner only.
    :param program: what has to be typed for the program, for hints.
    """

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self._program = program

    @contextlib.contextmanager
    def kept(self, url: str, secret: str) -> Iterator[bool]:
        """Keep the file of a service while the block runs.

        :param url: where the service is, without a slash at the end.
        :param secret: what it knows its owner by.
        :returns: whether there is one: where the folder cannot be written, the service has to do without.
        """
        path = self._path(url)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # of a service that was killed
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(_text(url, secret).encode())
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            self.forget(url, secret)

    def read(self, port: int | None) -> tuple[str, str]:
        """Where a running service is, and the secret that it knows its owner by.

        :param port: of the service; not needed where there is one only.
        :raises InputError: when there is none, when there are several, or when the file cannot be read.
        """
        found = sorted(self._folder.glob("*.json"), key=lambda path: path.stem)
        wanted = [path for path in found if port is None or path.stem == str(port)]
        if not wanted:
            which = "" if port is None else f" with port {port}"
            others = ", ".join(path.stem for path in found)
            hint = f"choose one of the ports {others} with --port" if others else f"start one: {self._program} serve"
            raise InputError.of("no_service", f"no service{which} was started here by you", hint, field="--link")
        if len(wanted) > 1:
            ports = ", ".join(path.stem for path in wanted)
            raise InputError.of(
                "several", "several services run here", f"choose one with --port: {ports}", field="--link"
            )
        path = wanted[0]
        try:
            told = json.loads(read_private(path))
            return str(told["url"]), str(told["secret"])
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError.of(
                "unreadable",
                "the file of the running service cannot be read",
                "start the service again",
                path=str(path),
            ) from None

    def forget(self, url: str, secret: str) -> None:
        """Remove the file of a service that is gone, unless another has taken its place."""
        path = self._path(url)
        with contextlib.suppress(OSError):
            if path.read_text(encoding="utf-8") == _text(url, secret):
                path.unlink()

    def _path(self, url: str) -> Path:
        return self._folder / f"{url.rpartition(':')[2]}.json"


def _text(url: str, secret: str) -> str:
    return json.dumps({"url": url, "secret": secret})
