"""What the program shows when nothing is asked of it: the ways in which a newcomer begins, each with its command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from ..language.connector_records import StartWay
    from ..language.specs import Specs

_PAGES = {
    "bulk": ("bulk FILE --suggest-map > map.yaml", "bulk FILE --map map.yaml"),
    "agents": ("mcp --configuration",),
}


def first_screen(root: Path | None, program: str) -> str:
    """The text, with the ways that ``start`` of ``connector.yaml`` names.

    :param root: the folder of the specs; the package's own when it is ``None``.
    :param program: what is typed to start the program.
    :raises SpecError: when there are no specs.
    """
    from ..language.specs import Specs

    specs = Specs(root)
    lines = [click.style(f"{specs.connector.title}: every call is checked before anything is sent", bold=True), ""]
    ways = [(way.title, _commands(specs, way)) for way in specs.connector.start]
    called = [command for _, (command, *_) in ways if command.startswith("run ")]
    ways += [("Call it from Python", (f"preview {call.removeprefix('run ')} --python",)) for call in called[-1:]]
    ways.append(("Do all of it in a browser", ("serve",)))
    for title, commands in ways:
        lines += [f"  {title}", *(f"    {click.style(f'{program} {command}', fg='cyan')}" for command in commands)]
    lines += [
        "",
        f"No account? Add --sandbox to 'run', 'bulk' and 'mcp'; '{program} sandbox' serves it for programs.",
        f"'{program} login' stores a connection.",
        f"'{program} --help' lists all commands.",
    ]
    return "\n".join(lines) + "\n"


def _commands(specs: Specs, way: StartWay) -> tuple[str, ...]:
    if way.action is None:
        return _PAGES[str(way.page)]
    from ..docs.call_forms import example_line

    action = specs.action(way.action)
    if not action.required and not action.rules:
        return (f"run {way.action}",)
    return (example_line("", way.action, action.examples[0]).strip(),)
