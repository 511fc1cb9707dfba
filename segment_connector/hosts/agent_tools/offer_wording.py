"""How an agent is told who can offer it more, and by what: it passes that on to its user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[-\w]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """Whoever offers the tools, in words.

    :ivar noun: what it is.
    :ivar begin: what the user does to it.
    :ivar options: how each option is given; ``{}`` stands for the value.
    """

    noun: str
    begin: str
    options: Mapping[str, str]

    def name(self, option: str) -> str:
        """What an option is called, without its value."""
        found = _NAME.match(self.options[option])
        return found[0] if found else option

    def cure(self, option: str, value: str = "") -> str:
        """What to ask the user for.

        :param option: ``allow``, ``groups``, ``tool`` or ``longer timeout``.
        """
        return f"ask the user to {self.begin} with {self.options[option].format(value)}"


SERVER = Wording(
    "server", "start the server",
    {"allow": "--allow {}", "groups": "--groups {}", "tool": "--tool {}", "longer timeout": "a longer --timeout"},
)  # fmt: skip
"""A program that somebody starts from a command line."""

PROGRAM = Wording(
    "program", "make the tools",
    {"allow": "allow=['{}']", "groups": "groups=['{}']", "tool": "tools=['{}']", "longer timeout": "a longer timeout"},
)  # fmt: skip
"""A program of the user's own in Python."""
