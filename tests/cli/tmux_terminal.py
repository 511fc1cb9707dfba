"""A terminal of tmux with a shell in it, and the steps that somebody takes there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cli_support import environment

if TYPE_CHECKING:
    from typing_extensions import Self

SECONDS = 60  # that a command may take on a machine that is busy
_SIZE = ("-x", "240", "-y", "60")  # no line of the first screen is broken
_PROMPT = "$ "


class Terminal:
    """A shell in a window of tmux; ``with`` ends it.

    Steps are counted as a person takes them: what is copied from the screen, what is typed in one go, and Enter.
    """

    def __init__(self, folder: Path) -> None:
        """A shell in a folder, with the program on its path and nothing of Segment in its environment."""
        self.folder = folder
        self.steps = 0
        self.commands = 0
        self._typed = ""
        self._socket = str(folder / "tmux")

    def __enter__(self) -> Self:
        own = {"HOME": str(self.folder), "TERM": "xterm", "LC_ALL": "C.UTF-8",
               "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
               "PROMPT_COMMAND": f"PS1='{_PROMPT}'; tmux -S {self._socket} wait-for -S ready"}  # fmt: skip
        self._tmux("-f", os.devnull, "new-session", "-d", *_SIZE, "-c", str(self.folder), "bash --norc --noprofile",
                   env={**environment(), **own})  # fmt: skip
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def type(self, text: str) -> None:
        """Type text, or put in what was copied from the screen."""
        self._tmux("send-keys", "-l", text)
        self._typed += text
        self.steps += 1

    def enter(self) -> list[str]:
        """Press Enter, and wait until the command has ended.

        :returns: the lines that the command printed.
        """
        self.steps += 1
        self.commands += 1
        self._tmux("send-keys", "Enter")
        self._wait()
        shown = self._shown()
        begun = max(at for at, line in enumerate(shown) if line.endswith(f"{_PROMPT}{self._typed}"))
        self._typed = ""
        return [line for line in shown[begun + 1 :] if line != _PROMPT.rstrip()]

    def paste(self, lines: list[str]) -> None:
        """Put in lines that were copied together, each of which ends with Enter."""
        self.steps += 1
        for line in lines:
            self._tmux("send-keys", "-l", line)
            self._tmux("send-keys", "Enter")
            self._wait()

    def begin(self, text: str) -> None:
        """Type a command that goes on until it is stopped, and press Enter."""
        self.type(text)
        self._tmux("send-keys", "Enter")
        self.steps += 1
        self.commands += 1

    def lines_with(self, text: str) -> list[str]:
        """Lines that begin with a text, as soon as there are any, of a program that goes on."""
        until = time.monotonic() + SECONDS
        while not (found := [line for line in self._shown() if line.startswith(text)]):
            assert time.monotonic() < until, self._shown()
        return found

    def _shown(self) -> list[str]:
        return [line.rstrip() for line in self._tmux("capture-pane", "-p", "-J", "-S", "-").rstrip().splitlines()]

    def _wait(self) -> None:
        self._tmux("wait-for", "ready")

    def _tmux(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            env=env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        return done.stdout
