"""What 'listen' does with items: write each on a line of standard output, or run a command for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
from collections.abc import Callable

import click

from ..errors import InputError
from ..inbox.forwarder import NotTakenError
from ..inbox.registration import Registration
from ..inbox.store import Entry
from ..values.json_values import encode

_AWAY = 75  # EX_TEMPFAIL of sysexits.h


class Printer:
    """Writes items as JSON lines; when nobody reads any more, they stay in the inbox.

    :param on_closed: called when the reader has gone.
    """

    def __init__(self, on_closed: Callable[[], None]) -> None:
        self._on_closed = on_closed
        self._lock = threading.Lock()

    def __call__(self, _registration: Registration, entry: Entry) -> None:
        """Write one item.

        :raises NotTakenError: when it could not be written.
        """
        try:
            with self._lock:
                click.echo(encode(entry.item.to_dict()))
        except (OSError, ValueError) as error:
            self._on_closed()
            raise NotTakenError(f"standard output was closed: {error}") from error


class Runner:
    """Runs a command for each item, which gets the item as JSON on its standard input.

    :param command: as it would be typed; no shell reads it.
    :param seconds: how long it may take.
    :param prefix: what the names of the variables that it gets begin with.
    :raises InputError: when there is no such program.
    """

    def __init__(self, command: str, seconds: float, prefix: str) -> None:
        from shutil import which

        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise InputError.of("command", f"cannot be read: {error}", "close the quotes", field="--exec") from None
        if not self._words or which(self._words[0]) is None:
            hint = "name a program; for pipes and variables: --exec \"sh -c '...'\""
            raise InputError.of("command", "there is no such program", hint, field="--exec")
        self._seconds = seconds
        self._prefix = prefix

    def __call__(self, _registration: Registration, entry: Entry) -> None:
        """Run the command for one item; its exit code says whether it was taken.

        :raises NotTakenError: for any other code than 0; 75 says that it is worth waiting for.
        """
        item = entry.item
        more = {"TRIGGER": item.trigger, "ITEM_ID": item.id, "ITEM_TITLE": item.title, "ITEM_AT": item.at or ""}
        variables = {f"{self._prefix}{name}": value.replace("\0", "") for name, value in more.items()}
        try:
            done = subprocess.run(  # noqa: S603 - the user named the program
                self._words, input=encode(item.to_dict()), timeout=self._seconds, check=False,
                env={**os.environ, **variables}, start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise NotTakenError(f"the command took more than {self._seconds:g} s") from error
        except OSError as error:
            raise NotTakenError(f"the command cannot be run: {error.strerror}") from error
        if done.returncode:
            away = done.returncode == _AWAY
            raise NotTakenError(f"the command ended with {done.returncode}", refused=not away)
