"""What an export is, and which there are: a folder beside this file for each host, found by its name.

The folder ``node_red`` is the host ``node-red``. Its ``__init__`` describes it in ``EXPORT`` and imports what writes
the files only when they are written, so that a listing of the hosts stays cheap.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import InputError, known_names

if TYPE_CHECKING:
    from ..call.policy import Policy
    from ..connector import Connector
    from ..language.action_records import Action

_SHARED = ("javascript",)  # folders that are no host: what several hosts are written with

DIRECT, SERVICE = "direct", "service"
"""Modes: the host calls the service itself, or the HTTP API of ``serve``, which checks, completes and tries again."""

ADDRESS = "http://127.0.0.1:8766"
"""Where ``serve`` listens unless it is told otherwise."""


@dataclass(frozen=True)
class ExportOptions:
    """How an export is to be.

    :ivar mode: one of the export's modes.
    :ivar policy: which actions it has.
    :ivar service: where the host will find ``serve``, without a slash at the end; of use in service mode.
    :ivar version: of what is written.
    """

    mode: str
    policy: Policy
    service: str = ADDRESS
    version: str = __version__

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """The actions that it has, in the order of the specs."""
        specs = self.policy.specs
        return tuple(action for name in specs.paths if self.policy.permits(action := specs.action(name)))


@dataclass(frozen=True)
class Export:
    """What writes a package for one host.

    :ivar title: the host, as it is called there.
    :ivar summary: one line for people who choose.
    :ivar files: gives the bytes of each file by its path below a folder (``nodes/Segment.node.js``), the same for the
        same specs and options; it does no I/O but reading the specs and what lies in its own folder.
    :ivar modes: the modes that it knows, the usual one first.
    :ivar left_out: gives the names of wanted actions that the host's form cannot hold.
    :ivar next_steps: what to do with the folder, told when it was written; ``<folder>`` is its path, and ``<program>``
        what is typed to call this program.
    """

    title: str
    summary: str
    files: Callable[[Connector, ExportOptions], Mapping[str, bytes]]
    modes: tuple[str, ...] = (DIRECT, SERVICE)
    left_out: Callable[[Connector, ExportOptions], Collection[str]] = lambda *_: ()
    next_steps: str = ""

    def mode(self, given: str | None) -> str:
        """The mode that is meant; the usual one when none is named.

        :raises InputError: when the export does not know it, with those that it knows.
        """
        if given is None or given in self.modes:
            return given or self.modes[0]
        message = f"the export for {self.title} has no mode '{given[:80]}'"
        raise InputError.of("mode", message, known_names(given, self.modes), field="--mode")


def host_names() -> list[str]:
    """The hosts that a package can be written for, sorted."""
    folder = str(Path(__file__).parent)
    found = (one.name for one in pkgutil.iter_modules([folder]) if one.ispkg and one.name not in _SHARED)
    return sorted(name.replace("_", "-") for name in found)


def find_export(host: str) -> Export:
    """The export for a host.

    :raises InputError: when there is none of that name, with those that are near.
    """
    known = host_names()
    if host not in known:
        hint = known_names(host, known)
        raise InputError.of("unknown_host", f"there is no export for '{host[:80]}'", hint, field="HOST")
    found: Export = import_module(f".{host.replace('-', '_')}", __package__).EXPORT
    return found


def json_file(value: Any) -> bytes:
    """A JSON value as the bytes of a file: UTF-8, indented by two, members in their order, a line end at the end."""
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
